"""One deployment's settings: read once, from `CLOVER_*` variables and an optional TOML file.

What wins, first to last: options of the command line, the environment, the file, defaults.
"""

import os
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from clover_chat.errors import ConfigError

APP_NAME = "clover-chat"
CONFIG_VARIABLE = "CLOVER_CONFIG"


def config_path() -> Path:
    """Return where the TOML file with settings is looked for."""
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else platformdirs.user_config_path(APP_NAME) / "config.toml"


class Settings(BaseSettings):
    """What an operator decides about one running server."""

    model_config = SettingsConfigDict(
        env_prefix="CLOVER_", env_ignore_empty=True, frozen=True, extra="forbid"
    )

    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path(APP_NAME),
        description="Conversations, uploaded patches and the key that signs visitors' cookies.",
    )
    cache_dir: Path = Field(
        default_factory=lambda: platformdirs.user_cache_path(APP_NAME),
        description="Frozen weights and image features; can be deleted at any time.",
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL of the database; a file in the data directory if unset.",
    )
    model: str = Field(
        default="clover-mini",
        description="Preset: which encoder, bridge and language model belong together.",
    )
    bridge: Path | None = Field(
        default=None,
        description="Folder of the bridge to answer with; the promoted or shipped one if unset.",
    )
    weights_dir: Path | None = Field(
        default=None, description="Folder with frozen weights already at hand, looked at first."
    )
    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on; `0.0.0.0` lets other machines connect.",
    )
    port: int = Field(default=7860, ge=1, le=65535, description="Port to listen on.")
    root_path: str = Field(
        default="", description="Path prefix under which a reverse proxy serves the page."
    )
    share: bool = Field(
        default=False, description="Ask for a temporary public link, reachable from the internet."
    )
    public: bool = Field(
        default=False, description="Let everybody with the public link in without its key."
    )
    auth: Path | None = Field(
        default=None,
        description="File with one `name:password` a line, best hashed; people must then sign in.",
    )
    proxy_user_header: str = Field(
        default="", description="Header in which a trusted proxy says who has signed in there."
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks, with commas, from which that header is believed.",
    )
    operators: str = Field(
        default="", description="Names, with commas, of those who see the operator page."
    )
    retention_days: int | None = Field(
        default=None,
        ge=1,
        description="Conversations and uploads untouched for so many days are deleted.",
    )
    notice: str = Field(default="", description="A sentence for everybody in the side bar.")
    embedded: bool = Field(
        default=False, description="The page stands within another site's page, as on a Space."
    )
    metrics: bool = Field(default=False, description="Serve counts for Prometheus at `/metrics`.")
    max_upload_mb: int = Field(
        default=64, ge=1, description="Largest picture a person may upload, in megabytes."
    )
    slide_dir: Path | None = Field(
        default=None, description="Folder of whole-slide images to offer in the page."
    )
    show_slide_names: bool = Field(
        default=False, description="Show slides under their file names, which may name a patient."
    )
    show_slide_labels: bool = Field(
        default=False,
        description="Show label and macro images of slides, which may name a patient.",
    )
    max_slide_mb: int = Field(
        default=4096, ge=1, description="Largest slide a person may upload, in megabytes."
    )
    talker_url: str = Field(
        default="",
        description="Base address of an OpenAI-compatible endpoint that may write the answers.",
    )
    talker_model: str = Field(default="", description="Name of the model at that endpoint.")
    talker_key: SecretStr = Field(
        default=SecretStr(""), description="Key of that endpoint; neither shown nor logged."
    )
    talker_sees_images: bool = Field(
        default=False, description="Send pictures to that endpoint as well."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="How much is logged; questions and file names never are."
    )

    @property
    def database(self) -> str:
        """The database URL, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'clover.sqlite3'}"

    @property
    def image_dir(self) -> Path:
        """Where patches are kept under their content hash."""
        return self.data_dir.absolute() / "images"

    @property
    def upload_dir(self) -> Path:
        """Where an upload lies until it is checked and kept, or thrown away."""
        return self.data_dir.absolute() / "uploads"

    @property
    def slide_data_dir(self) -> Path:
        """Where uploaded slides, thumbnails and what is known about slides are kept."""
        return self.data_dir.absolute() / "slides"

    @property
    def bridge_data_dir(self) -> Path:
        """Where installed bridges and the history of promotions are kept."""
        return self.data_dir.absolute() / "bridges"

    @property
    def operator_names(self) -> tuple[str, ...]:
        """Who sees the operator page."""
        return _listed(self.operators)

    @property
    def proxy_addresses(self) -> tuple[str, ...]:
        """Where trusted proxies are."""
        return _listed(self.trusted_proxies)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no .env file is read
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - nor secret files
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the TOML file behind the environment."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_path())


def load_settings(**options: Any) -> Settings:
    """Read the settings of this deployment.

    Args:
        **options: Values that win over everything else; those that are None do not count.

    Raises:
        ConfigError: A value cannot work; the message names it.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    if named and not Path(named).is_file():
        raise ConfigError(f"{CONFIG_VARIABLE} names {named!r}, which is not a file.")
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        raise ConfigError(_sentence(error)) from error
    except ValueError as error:  # a TOML file that cannot be parsed
        raise ConfigError(
            f"The settings file {config_path()} is not valid TOML: {error}."
        ) from error


def settings_table() -> str:
    """Return the settings as a Markdown table, one `CLOVER_*` variable a row."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    rows.append(
        f"| `{CONFIG_VARIABLE}` | `config.toml` in the user's configuration directory "
        "| TOML file with any of the settings below, in small letters and without the prefix. |"
    )
    for name, field in Settings.model_fields.items():
        rows.append(f"| `CLOVER_{name.upper()}` | {_default(name)} | {field.description} |")
    return "\n".join(rows)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


def _default(name: str) -> str:
    if name in {"data_dir", "cache_dir"}:
        return f"the user's {name.removesuffix('_dir')} directory"
    value = Settings.model_fields[name].default
    if value is None or value in ("", SecretStr("")):
        return "unset"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _sentence(error: ValidationError) -> str:
    problem = error.errors()[0]
    name = ".".join(str(part) for part in problem["loc"])
    if name == "talker_key":
        return f"The setting {name!r} should be a text."
    if problem["type"] == "extra_forbidden":
        return f"There is no setting named {name!r}; the README lists them."
    return f"The setting {name!r} cannot be {problem['input']!r}: {problem['msg']}."
