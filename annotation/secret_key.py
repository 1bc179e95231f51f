import os
import secrets
from pathlib import Path


def local_secret_key(data_dir: Path) -> str:
    """The key kept in `data_dir/secret_key`, made at random (mode 600) when first asked for.

    Used where no SECRET_KEY is given, so that sessions outlive a restart of the embedded system.
    """
    path = data_dir / "secret_key"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()
