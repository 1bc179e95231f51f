FROM python:3.11-slim AS packages
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt

FROM python:3.11-slim
# A fixed number, so that a folder of the host can be given to it.
RUN useradd --system --uid 10001 --create-home likewise \
    && install -d -o likewise -g likewise /data
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=annotation.settings \
    HF_HOME=/data/models/hub \
    HOST=0.0.0.0 \
    LIKEWISE_DATA_DIR=/data \
    PORT=8000 \
    STATIC_ROOT=/srv/static
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# The key is for this one command, and no server is asked.
RUN SECRET_KEY=build-only python manage.py collectstatic --noinput --verbosity 0
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["python", "-m", "scripts.healthcheck"]
CMD ["gunicorn", "annotation.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--graceful-timeout", "10", \
     "--no-control-socket"]
