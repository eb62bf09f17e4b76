# Sets up the bucket and ends:  docker build -f deploy/docker/store-setup.Dockerfile -t tintype/store-setup .

FROM node:24-bookworm-slim AS manifests
WORKDIR /build/app
COPY . .
RUN find . -type f ! -name package.json ! -name pnpm-lock.yaml ! -name pnpm-workspace.yaml ! -name '*.patch' -delete

FROM node:24-bookworm-slim AS build
WORKDIR /build/app
# Its default, up to 64 connections at once, stalls behind some registry proxies.
ENV PATH=/build/node_modules/.bin:$PATH CI=true pnpm_config_network_concurrency=16
COPY --from=manifests /build/app ./
RUN npm install --silent --prefix /build $(node -p "require('./package.json').packageManager.split('+')[0]")
# Optional are the binaries of an embedded PostgreSQL: they are for `npm start`.
# What is patched is no part of it.
RUN pnpm_config_allow_unused_patches=true pnpm --filter @tintype/scripts deploy --prod --no-optional --legacy /out

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /out ./
COPY scripts/setup-bucket.ts ./
COPY scripts/stores/bucket.ts scripts/stores/store-url.ts ./stores/
USER node
CMD ["node", "setup-bucket.ts"]
