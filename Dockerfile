# docker build -t clover-chat . && docker run -p 7860:7860 -v clover:/data clover-chat
#
# /data holds conversations, pictures, slides, bridges and the cache of frozen weights.
# Sign-in: put a file made by `clover-chat people add` into the volume and set CLOVER_AUTH=/data/people.txt.

FROM node:22-slim AS viewer
WORKDIR /viewer
RUN npm pack --silent openseadragon@6.1.1 && tar -xzf openseadragon-6.1.1.tgz

FROM python:3.11-slim AS environment
WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY clover_chat ./clover_chat
COPY training ./training
COPY assets ./assets
COPY migrations ./migrations
COPY --from=viewer /viewer/package/LICENSE.txt /viewer/package/build/openseadragon/openseadragon.min.js \
    ./clover_chat/ui/web/vendor/openseadragon/
RUN python -m venv /environment \
    && /environment/bin/python -m pip install --no-cache-dir -c constraints.txt pip \
    && /environment/bin/python -m pip install --no-cache-dir -c constraints.txt ".[postgres]"

FROM python:3.11-slim
RUN useradd --create-home --uid 1000 clover && install -d -o clover -g clover -m 700 /data
COPY --from=environment /environment /environment
ENV PATH=/environment/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CLOVER_HOST=0.0.0.0 \
    CLOVER_PORT=7860 \
    CLOVER_DATA_DIR=/data \
    CLOVER_CACHE_DIR=/data/cache
USER clover
WORKDIR /home/clover
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/healthz', timeout=5)"]
CMD ["clover-chat", "serve"]
