# The headless engine. Everything that it stores is under /data; without PXBIN_DATABASE_URL that includes its own
# PostgreSQL. See docker-compose.yml for the engine with a PostgreSQL beside it.

FROM python:3.13-slim-bookworm AS build
RUN python -m venv /opt/pxbin
ENV PATH=/opt/pxbin/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
COPY packaging/requirements-otel.lock packaging/
RUN pip install --require-hashes --only-binary=:all: -r packaging/requirements-otel.lock
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY resources resources
COPY pxbin_app pxbin_app
COPY pxbin_engine pxbin_engine
RUN pip install --no-deps --no-build-isolation .

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data pxbin \
    && install --directory --owner pxbin --group pxbin --mode 0700 /data
COPY --from=build /opt/pxbin /opt/pxbin
ENV PATH=/opt/pxbin/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PXBIN_DATA_DIR=/data \
    PXBIN_LISTEN_ADDR=0.0.0.0:8080
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/ready', timeout=4)"]
ENTRYPOINT ["pxbin-engine"]
CMD ["serve"]
