# One image for every role: `api`, `worker`, `migrate` and the mail catcher differ in their command only.
FROM docker.io/library/node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Not `npm ci`: the lock file is made where optional packages of other platforms cannot be seen.
RUN npm install --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY shared shared
COPY db db
COPY api api
COPY workers workers
COPY bin bin
RUN node node_modules/@typescript/native/bin/tsc -p tsconfig.build.json

FROM docker.io/library/node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY package.json package-lock.json ./
# Without optional packages: the embedded PostgreSQL is one, and a container has no use for it.
RUN npm install --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force
COPY --from=build /app/dist dist
# What is read at run time and not compiled.
COPY db/migrations db/migrations
COPY db/invariants.sql db/invariants.sql
USER node
EXPOSE 3000
# The programs drain on SIGTERM; without a shell or npm in between they also receive it.
CMD ["node", "--enable-source-maps", "--max-semi-space-size=16", "--max-old-space-size=192", "dist/api/main.js"]
