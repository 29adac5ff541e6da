# The gateway, its C libraries, a CA bundle and nothing else: no shell, no package manager, no setuid file.
#
#   scripts/image.sh            builds it with whatever engine is there (make image); TARGET=sandbox the sandbox's
#   scripts/image-test.sh       builds and tries it without a Docker engine (make image-test)
#
# An official Swift image on the Debian release whose C libraries the image is to hold. For a build that nobody can change behind
# your back, give it with its digest: --build-arg BUILD_IMAGE=swift:6.3.1-bookworm@sha256:...
ARG BUILD_IMAGE=docker.io/library/swift:6.3.1-bookworm

FROM ${BUILD_IMAGE} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
WORKDIR /src

# Not pinned to versions on purpose: a rebuild takes up Debian's security updates. The SBOM says what was taken.
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        ca-certificates libcurl4-openssl-dev libssl-dev pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*

# The dependencies first: they change less often than the sources.
COPY Package.swift ./
RUN swift package resolve

COPY . .
ARG BUILD_FLAGS=""
# The Swift runtime goes into the executable, whose symbols do not; the linker leaves out what nothing uses.
# hadolint ignore=SC2086
RUN swift build -c release --product zuora-gateway --static-swift-stdlib \
        -Xlinker -s ${BUILD_FLAGS}

# Seconds since 1970 for every file's time and the SBOM, so that the same sources and packages give the same layer.
ARG SOURCE_DATE_EPOCH=0
RUN scripts/image-root.sh .build/release/zuora-gateway /image

# The stand-in for Zuora, for tests in a container. Its clients' secrets are published: let only tests reach it.
FROM scratch AS sandbox
ARG VERSION=""
ARG REVISION=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="zuora-sandbox" \
      org.opencontainers.image.description="A stand-in for Zuora's OAuth, AQuA and data query APIs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=build /image/ /
USER 65532:65532
EXPOSE 9080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/zuora-gateway", "sandbox"]
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
COPY --from=build /image/ /

# A number, so that Kubernetes' runAsNonRoot can see that it is not root.
USER 65532:65532
# No EXPOSE: the ports, and whether they are on loopback only, are what the mounted proxy.conf says.
STOPSIGNAL SIGTERM
# For engines that run it; Kubernetes has probes of its own (deploy/kubernetes).
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD ["/usr/bin/zuora-gateway", "health", "--admin", "127.0.0.1:9901"]
ENTRYPOINT ["/usr/bin/zuora-gateway"]
CMD ["run", "--config", "/etc/zuora-gateway/proxy.conf"]
