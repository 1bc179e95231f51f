"""The sign-ins of the demonstration, kept beside its data so that a later start can show them."""

import json
import os
from pathlib import Path

SignIns = dict[str, dict[str, str | None]]
FILE = "demo-sign-ins.json"


def remember(root: Path, printed: SignIns) -> SignIns:
    """`printed` by `demo_accounts`, with the passwords of earlier starts where it has none."""
    path = root / FILE
    known: SignIns = json.loads(path.read_text()) if path.exists() else {}
    for role, account in printed.items():
        earlier = known.get(role, {})
        if account["password"] is None and earlier.get("username") == account["username"]:
            account["password"] = earlier["password"]
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(printed, file, indent=2)
    unfinished.replace(path)
    return printed


def box(address: str, sign_ins: SignIns) -> str:
    """What to open and who to be, framed so that it stands out from the log."""
    rows = [f"Likewise is running at {address}", ""]
    for role, account in sign_ins.items():
        password = account["password"] or "(set earlier: see manage.py changepassword)"
        rows.append(f"{role:<12} {account['username']:<16} {password}")
    rows += ["", "Ctrl-C stops it. The data stay."]
    width = max(map(len, rows))
    edge = "─" * (width + 2)
    return "\n".join([f"┌{edge}┐", *(f"│ {row:<{width}} │" for row in rows), f"└{edge}┘"])
