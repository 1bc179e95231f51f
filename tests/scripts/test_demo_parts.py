import argparse
import contextlib
import io
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from scripts.system import ports, sign_ins, visitor
from scripts.system.environment import demo_environment, uses_embedded


@contextlib.contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind((ports.HOST, 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_taken_port_is_named_and_the_next_free_one_is_used(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with taken_port() as port:
        chosen = ports.choose(port)

    assert chosen > port
    assert f"Port {port} is taken: using {chosen} instead." in capsys.readouterr().out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("typed", ["n\n", "no\n", "stop\n", ""])
def test_somebody_who_declines_another_port_is_not_given_one(
    typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    with taken_port() as port, pytest.raises(SystemExit, match="Nothing was started"):
        ports.choose(port)


@pytest.mark.parametrize("typed", ["\n", "y\n", "Yes\n"])
def test_somebody_who_agrees_to_another_port_gets_it(
    typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    with taken_port() as port:
        assert ports.choose(port) > port


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", ""])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="from 1 to 65535"):
        ports.number(text)


def test_passwords_are_kept_for_later_starts_and_for_nobody_else(tmp_path: Path) -> None:
    made: sign_ins.SignIns = {"admin": {"username": "admin", "password": "quiet-otter"}}
    later: sign_ins.SignIns = {"admin": {"username": "admin", "password": None}}
    sign_ins.remember(tmp_path, made)
    remembered = sign_ins.remember(tmp_path, later)

    assert remembered == made
    assert stat.S_IMODE((tmp_path / sign_ins.FILE).stat().st_mode) == 0o600
    assert "quiet-otter" in sign_ins.box("http://localhost:8000/", remembered)


def test_a_renamed_account_does_not_inherit_a_password(tmp_path: Path) -> None:
    sign_ins.remember(tmp_path, {"admin": {"username": "admin", "password": "quiet-otter"}})
    remembered = sign_ins.remember(tmp_path, {"admin": {"username": "chief", "password": None}})

    assert remembered["admin"]["password"] is None


def test_named_servers_are_used_instead_of_the_embedded_ones(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://db/x", "CELERY_BROKER_URL": "redis://broker/0"}

    assert not uses_embedded(demo_environment(tmp_path, 8000, given), tmp_path)
    assert uses_embedded(demo_environment(tmp_path, 8000, {}), tmp_path)
    assert demo_environment(tmp_path, 8000, given)["DATABASE_URL"] == "postgresql://db/x"


def test_a_visitor_says_what_the_website_answered() -> None:
    response = httpx.Response(403, text="no", request=httpx.Request("GET", "http://x.test/y/"))

    with pytest.raises(visitor.VisitError, match="GET /y/ answered 403: no"):
        visitor.Visitor._checked(response)


def test_the_retrain_form_offers_its_first_campaign() -> None:
    page = (
        '<select name="recipe"><option value="basic">b</option></select>'
        '<select name="campaign"><option value="">-</option><option value="7">x</option></select>'
    )

    assert visitor._first_option(page, "campaign") == "7"
