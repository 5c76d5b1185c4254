# matchloop's server: docker build -t matchloop .
FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY engine engine
COPY api api
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim
COPY --from=build /wheels /wheels
COPY docker/constraints.txt /wheels/constraints.txt
RUN pip install --no-cache-dir --constraint /wheels/constraints.txt \
        "$(echo /wheels/matchloop-*.whl)[server,postgres]" \
    && rm -r /wheels \
    && useradd --create-home --uid 10001 matchloop \
    && install -d -o matchloop -g matchloop -m 0700 /data
USER 10001
ENV MATCHLOOP_DATA_DIR=/data \
    MATCHLOOP_HOST=0.0.0.0 \
    MATCHLOOP_PORT=8080 \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ['MATCHLOOP_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["matchloop"]
CMD ["serve"]
