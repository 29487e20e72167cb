# Builds the gate and leaves only what it needs to run: Node with the libraries that it is linked with, the production
# packages, dist. No shell, no package manager, no root.
# Build: docker build --build-arg HERMES_GATE_GIT_SHA=$(git rev-parse HEAD) -t hermes-gate .
# Nothing here is of one architecture: docker buildx build --platform linux/amd64,linux/arm64 makes an image for both.
ARG NODE_IMAGE=node:26-slim

FROM ${NODE_IMAGE} AS node
# Node 26 needs libatomic.so.1, which some slim bases lack.
RUN node --version >/dev/null 2>&1 \
  || { apt-get update && apt-get install -y --no-install-recommends libatomic1 && rm -rf /var/lib/apt/lists/*; }

# Compiles dist. Install scripts stay off: the package "node" of the dev dependencies would fetch a second Node.
FROM node AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json tsconfig.browser.json ./
COPY src ./src
RUN npm run build

# The packages that run, without those that build, and without what only editors and debuggers read.
FROM node AS packages
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force \
  && find node_modules -type f \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' \) -delete

# What the image holds beside the gate. /usr/local/bin/hermes-gate is the command for ENTRYPOINT, HEALTHCHECK and
# docker exec: bin/hermes-gate.js begins with /usr/bin/env, which is not there.
FROM node AS system
RUN mkdir -p /image/usr/local/bin /image/etc/hermes-gate /image/var/lib/hermes-gate /image/tmp \
  && cp "$(command -v node)" /image/usr/local/bin/node \
  && ldd /image/usr/local/bin/node | grep -o '/[^ ]*' | xargs -I '{}' cp -L --parents '{}' /image \
  && printf '#!/usr/local/bin/node\nimport("/app/bin/hermes-gate.js");\n' >/image/usr/local/bin/hermes-gate \
  && chmod 0755 /image/usr/local/bin/hermes-gate \
  && echo 'gate:x:65532:65532:hermes-gate:/var/lib/hermes-gate:/nonexistent' >/image/etc/passwd \
  && echo 'gate:x:65532:' >/image/etc/group \
  && echo 'hosts: files dns' >/image/etc/nsswitch.conf \
  && chmod 0700 /image/var/lib/hermes-gate && chmod 1777 /image/tmp

FROM scratch
COPY --from=system /image /
# The state directory holds the session secret when none is given, so it outlives the container as a volume.
COPY --from=system --chown=65532:65532 /image/var/lib /var/lib
COPY --from=packages /src/node_modules /app/node_modules
COPY --from=build /src/dist /app/dist
COPY bin /app/bin
COPY package.json LICENSE /app/

# Shown by --version.
ARG HERMES_GATE_GIT_SHA=""
LABEL org.opencontainers.image.title="hermes-gate" \
  org.opencontainers.image.description="A reverse-proxy auth gateway: OAuth and OpenID Connect sign-in in front of any dashboard" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.revision="${HERMES_GATE_GIT_SHA}" \
  org.opencontainers.image.licenses="MIT"
# Loopback inside a container reaches nobody, so the image listens on every interface. The environment goes before the
# file: set HERMES_GATE_LISTEN to nothing to let `listen` of a config.yaml count.
ENV NODE_ENV=production \
  HERMES_GATE_GIT_SHA=${HERMES_GATE_GIT_SHA} \
  HERMES_GATE_LISTEN=:4180 \
  HERMES_GATE_STATE_DIR=/var/lib/hermes-gate
VOLUME /var/lib/hermes-gate
# ./config.yaml is read when it is there: mount it at /etc/hermes-gate/config.yaml.
WORKDIR /etc/hermes-gate
USER 65532:65532
EXPOSE 4180
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["hermes-gate", "healthcheck"]
ENTRYPOINT ["hermes-gate"]
