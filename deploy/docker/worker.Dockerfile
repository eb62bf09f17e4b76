# Queue consumers:  docker build -f deploy/docker/worker.Dockerfile -t tintype/worker .

# Down to the compiler, every service's file says the same: these layers are built once for all.
FROM node:24-bookworm-slim AS manifests
WORKDIR /build/app
COPY . .
# What decides which packages are installed: a change of code installs nothing again.
RUN find . -type f ! -name package.json ! -name pnpm-lock.yaml ! -name pnpm-workspace.yaml ! -name '*.patch' -delete

FROM node:24-bookworm-slim AS build
WORKDIR /build/app
# Its default, up to 64 connections at once, stalls behind some registry proxies.
ENV PATH=/build/node_modules/.bin:$PATH CI=true pnpm_config_network_concurrency=16
COPY --from=manifests /build/app ./
# The package manager and the compiler in the versions that package.json names; all development
# dependencies would be 800 MB more.
RUN npm install --silent --prefix /build $(node -p "const { packageManager, devDependencies: dev } = require('./package.json'); \
    [packageManager.split('+')[0], 'typescript@' + dev.typescript, '@types/node@' + dev['@types/node']].join(' ')")
RUN pnpm install --frozen-lockfile --prod --filter-prod '@tintype/gateway...' --filter-prod '@tintype/worker...' --filter-prod '@tintype/links...'
COPY . .
RUN tsc -b services/gateway services/worker services/links
# The lock file was verified above.
RUN pnpm_config_trust_lockfile=true pnpm --filter @tintype/worker deploy --prod --legacy --offline /out

FROM node:24-bookworm-slim
# jemalloc, because glibc's allocator keeps much of what pictures took. By ld.so.preload and not by
# LD_PRELOAD: decoder processes have an environment of their own. The bare name suits every architecture.
RUN apt-get update && apt-get install --yes --no-install-recommends libjemalloc2 \
    && rm -rf /var/lib/apt/lists/* \
    && echo libjemalloc.so.2 > /etc/ld.so.preload
ENV NODE_ENV=production PORT=8081
WORKDIR /app
COPY deploy/docker/healthcheck.mjs /healthcheck.mjs
COPY --from=build /out ./
USER node
EXPOSE 8081
HEALTHCHECK --interval=5s --timeout=5s --start-period=90s CMD ["node", "/healthcheck.mjs"]
CMD ["node", "--conditions=compiled", "dist/main.js"]
