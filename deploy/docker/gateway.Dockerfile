# The public API:  docker build -f deploy/docker/gateway.Dockerfile -t tintype/gateway .

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
RUN pnpm_config_trust_lockfile=true pnpm --filter @tintype/gateway deploy --prod --legacy --offline /out

# The console's files, made by packages that no image that runs has.
FROM build AS console
RUN pnpm_config_trust_lockfile=true pnpm install --frozen-lockfile --prod --filter-prod '@tintype/console...' \
 && pnpm --filter @tintype/console build

FROM node:24-bookworm-slim
# Where uploads are held while they arrive: the one place it writes to.
RUN install --directory --owner node --group node --mode 700 /var/spool/tintype
ENV NODE_ENV=production PORT=8080 SPOOL_DIR=/var/spool/tintype CONSOLE_DIR=/app/console
WORKDIR /app
COPY deploy/docker/healthcheck.mjs /healthcheck.mjs
COPY --from=build /out ./
COPY --from=console /build/app/packages/console/dist ./console
USER node
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=5s --start-period=90s CMD ["node", "/healthcheck.mjs"]
CMD ["node", "--conditions=compiled", "dist/main.js"]
