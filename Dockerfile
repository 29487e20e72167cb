# Builds the gate and leaves only what it needs to run: Node, the production packages, dist. No compiler, no npm cache, no
# root. Build: docker build --build-arg HERMES_GATE_GIT_SHA=$(git rev-parse HEAD) -t hermes-gate .
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
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# The packages that run, without those that build.
FROM node AS packages
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

FROM node
# The state directory holds the session secret when none is given, so it outlives the container as a volume.
RUN mkdir -p /app /etc/hermes-gate /var/lib/hermes-gate \
  && chown 65532:65532 /var/lib/hermes-gate && chmod 0700 /var/lib/hermes-gate
COPY --from=packages /src/node_modules /app/node_modules
COPY --from=build /src/dist /app/dist
COPY bin /app/bin
COPY package.json LICENSE /app/

# Shown by --version.
ARG HERMES_GATE_GIT_SHA=""
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
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "/app/bin/hermes-gate.js", "healthcheck"]
ENTRYPOINT ["node", "/app/bin/hermes-gate.js"]
