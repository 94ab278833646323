"""`clover-chat people`: who may sign in."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from clover_chat.errors import ConfigError
from clover_chat.storage.sign_in_file import add_person

people = typer.Typer(help="People who may sign in.")


@people.callback()
def _people() -> None:
    """Have `add` stand as a verb of its own, though it is the only one."""


@people.command()
def add(
    name: Annotated[str, typer.Argument(help="Name to sign in with.")],
    file: Annotated[Path, typer.Option(help="Sign-in file, as --auth names it.")],
) -> None:
    """Let a person sign in, or give one another password, which is kept as a hash only.

    The password is asked for, or read from the standard input where that is no terminal.
    """
    was_there = add_person(file, name, _password())
    done = "has another password now" if was_there else "can sign in now"
    typer.echo(f"{name} {done}; a running server knows it already.")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise ConfigError("The two passwords differ; nothing was changed.")
    return password
