# syntax=docker/dockerfile:1
# One static binary and an empty directory: no shell, no libc, no package. Root certificates are compiled in.
#   docker build -t clerk-courier .
# With a binary that scripts/release has built, nothing is compiled: docker build --build-context build=dist -t clerk-courier .

FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
RUN scripts/release --binary && mv dist/image /image

FROM scratch
COPY --from=build --chown=65532:65532 /image/data /data
COPY --from=build /image/clerk-courier /clerk-courier
USER 65532:65532
# The allocator gives memory back at once, and not when it has lain unused for a while: docs/MEASURED.md has the figures.
ENV MIMALLOC_PURGE_DELAY=0
# config.toml is looked for here, and the ledger is made beside it: mount a volume.
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["/clerk-courier", "health"]
ENTRYPOINT ["/clerk-courier"]
CMD ["serve"]
