-- What wrk sends, from the environment, and its figures as one line of JSON.
local method = os.getenv("BENCH_METHOD") or "GET"
local headers = {}
for name, value in (os.getenv("BENCH_HEADERS") or ""):gmatch("([^\n:]+): ([^\n]+)") do
  headers[name] = value
end
local body
local path = os.getenv("BENCH_BODY")
if path then
  local file = assert(io.open(path, "rb"))
  body = file:read("*a")
  file:close()
end

local requests = {}
local at = 0

-- Made once: a request costs no more than its sending.
function init()
  for token in (os.getenv("BENCH_TOKENS") or ""):gmatch("[^\n]+") do
    headers["authorization"] = "Bearer " .. token
    requests[#requests + 1] = wrk.format(method, nil, headers, body)
  end
  if #requests == 0 then requests[1] = wrk.format(method, nil, headers, body) end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'BENCH {"requests":%d,"seconds":%.6f,"bytes":%d,"p50Ms":%.3f,"p99Ms":%.3f,"refused":%d,"broken":%d,"cpuSeconds":%.3f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout, os.clock()))
end
