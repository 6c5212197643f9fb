# An image of any program of the repository: docker build --build-arg PROGRAM=services/order --build-arg PORT=3003 .
ARG NODE_IMAGE=node:24-bookworm-slim

# The manifests alone, so that dependencies are installed again only when one of these files has changed.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /source
COPY . .
RUN mkdir /manifests \
 && find . -name package.json -o -name package-lock.json -o -name .npmrc | xargs cp --parents --target-directory=/manifests

# All programs compiled, once for all images. No dependency needs its install scripts: those with native code ship it built.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm ci --ignore-scripts
COPY . .
RUN npx tsc -b \
 && find . \( -name node_modules -o -name src \) -prune -exec rm -rf {} + \
 && find . -name '*.ts' -delete -o -name '*.map' -delete -o -name '*.tsbuildinfo' -delete

# One program with what it needs to run: the workspaces that npm linked for it, and no other.
FROM ${NODE_IMAGE} AS program
ARG PROGRAM
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional --omit=peer --workspace=${PROGRAM}
COPY --from=build /app ./
RUN mkdir /image \
 && cp --recursive --parents node_modules $(find node_modules/@duka -type l -exec realpath --relative-to=. {} +) /image

FROM ${NODE_IMAGE}
ARG PROGRAM
ARG PORT
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="duka ${PROGRAM}" org.opencontainers.image.version="${VERSION}"
ENV NODE_ENV=production HEALTH_URL=http://127.0.0.1:${PORT}/health
COPY --from=program /image /app
# The only folder that a program may write to; a volume goes here.
RUN install --directory --owner=node --group=node /data
WORKDIR /app/${PROGRAM}
USER node
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 \
  CMD ["node", "-e", "require('http').get(process.env.HEALTH_URL, r => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# Node itself is PID 1: the programs answer SIGTERM, and start no processes whose remains would have to be reaped.
CMD ["node", "--max-semi-space-size=1", "dist/main.js"]
