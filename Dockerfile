# With a proxy in front: docker compose -f docs/compose.yaml up --detach
# The digest is that of the index for all platforms, with Python 3.13.15. What the tag names today:
# docker buildx imagetools inspect python:3.13-slim-trixie
FROM python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285

RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 999 --create-home story-history \
    && install -d -o story-history /archive \
    && install -d -o story-history -m 700 /keys

WORKDIR /app
COPY requirements.lock pyproject.toml README.md LICENSE wsgi.py ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY repo_store ./repo_store
COPY service ./service
RUN pip install --no-cache-dir --no-deps --no-build-isolation .

USER story-history
VOLUME /archive /keys
ENV STORY_HISTORY_ARCHIVE=/archive STORY_HISTORY_KEY=/keys/log.key
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"]
STOPSIGNAL SIGTERM
CMD ["story-history", "serve", "--host", "0.0.0.0", "--port", "8000"]
