# Two images, of the gateway and of the sandbox: a program, its C libraries, a CA bundle and nothing else: no shell, no package manager,
# no setuid file.
#
#   scripts/image.sh            builds it with an installed engine (make image); TARGET=sandbox builds the sandbox's image
#   scripts/image-test.sh       builds and tests it without a Docker engine (make image-test)
#
# An official Swift image, on the Debian release that provides the C libraries. For an immutable base, pin its digest:
# --build-arg BUILD_IMAGE=swift:6.3.1-bookworm@sha256:...
ARG BUILD_IMAGE=docker.io/library/swift:6.3.1-bookworm

FROM ${BUILD_IMAGE} AS sources
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
WORKDIR /src

# Versions are not pinned on purpose, so that a rebuild gets Debian's security updates. The SBOM lists them.
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        ca-certificates libcurl4-openssl-dev libdeflate-dev libssl-dev pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*

# Dependencies first, because they change less often than the sources.
COPY Package.swift ./
RUN swift package resolve --scratch-path .build-shipped

COPY . .

# One stage per program, so that an image builds only its own. The build is that of a release (scripts/build.sh); symbols are stripped.
FROM sources AS build-sandbox
ARG BUILD_FLAGS=""
# Seconds since 1970 for every file's time and the SBOM, so that the same sources and packages give the same layer.
ARG SOURCE_DATE_EPOCH=0
# The commit, which the build cannot know: the repository is not part of its context.
ARG REVISION=""
RUN BUILD_FLAGS="-Xlinker -s ${BUILD_FLAGS}" scripts/build.sh zuora-sandbox \
    && scripts/image-root.sh .build-shipped/release/zuora-sandbox /image

FROM sources AS build-gateway
ARG BUILD_FLAGS=""
ARG SOURCE_DATE_EPOCH=0
ARG REVISION=""
RUN BUILD_FLAGS="-Xlinker -s ${BUILD_FLAGS}" scripts/build.sh zuora-gateway \
    && scripts/image-root.sh .build-shipped/release/zuora-gateway /image

# The emulation of Zuora, for tests in containers. Its clients' secrets are published, so expose it to tests only.
FROM scratch AS sandbox
ARG VERSION=""
ARG REVISION=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="zuora-sandbox" \
      org.opencontainers.image.description="An emulation of Zuora's OAuth, AQuA and data query APIs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=build-sandbox /image/ /
USER 65532:65532
EXPOSE 9080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/zuora-sandbox"]
CMD ["--listen", "0.0.0.0:9080"]

FROM scratch AS gateway
ARG VERSION=""
ARG REVISION=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="zuora-gateway" \
      org.opencontainers.image.description="HTTP gateway that cancels Zuora AQuA jobs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=build-gateway /image/ /

# Numeric, so that Kubernetes can verify runAsNonRoot.
USER 65532:65532
# No EXPOSE: the mounted proxy.conf defines the ports, and whether they are on loopback only.
STOPSIGNAL SIGTERM
# For engines that support it; Kubernetes uses its own probes (deploy/kubernetes).
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD ["/usr/bin/zuora-gateway", "health", "--admin", "127.0.0.1:9901"]
ENTRYPOINT ["/usr/bin/zuora-gateway"]
CMD ["run", "--config", "/etc/zuora-gateway/proxy.conf"]
