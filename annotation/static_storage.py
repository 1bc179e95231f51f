from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashes the names in `import … from` too, so that a browser never mixes two versions."""

    support_js_module_import_aggregation = True
