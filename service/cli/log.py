"""`story-history log` and `key`: a story's versions, the log's checkpoints and proofs, its keys."""

import sys
from pathlib import Path

import click

from repo_store import FieldError, Malformed, Run, rfc3339
from service.audit.keys import BadKey, Signer, create, load, rotate
from service.audit.log import NoMemory, parse_seen, short_form
from service.audit.published import origin_of
from service.cli.options import (
    all_pages,
    archive_option,
    echo,
    json_option,
    opened,
    plain_console,
    print_json,
    read_settings,
)
from service.cli.witnesses import witness
from service.present import schemas, terminal
from service.present.times import readable
from service.wiring import inspected


class _StoryOrCommand(click.Group):
    """Takes a word that is not a command as a story's id: `log library` is
    `log versions library`.
    """

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = args and self.get_command(ctx, args[0])
        return super().resolve_command(ctx, args if known else ["versions", *args])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in ("--help", "--archive"):
            args = ["versions", *args]
        return super().parse_args(ctx, args)


@click.group("log", cls=_StoryOrCommand)
@archive_option
def log() -> None:
    """List a story's versions, or query the signed log: checkpoint, proof, consistency, check."""


@log.command()
@archive_option
@click.argument("story")
@json_option
def versions(story: str, as_json: bool) -> None:
    """List a story's versions, newest first."""
    with opened() as services:
        stories, story = services.stories, services.archive.index.resolve(story)
        revisions = list(all_pages(lambda cursor: stories.versions(story, cursor, 100)))
    if as_json:
        items = list(map(schemas.Version.of, revisions))
        print_json(schemas.Versions(items=items, next=None).as_dict())
    else:
        plain_console().print(terminal.log(revisions))


@log.command()
@archive_option
@click.option("--short", is_flag=True, help="As SIZE:ROOT: one line that can be printed somewhere.")
def checkpoint(short: bool) -> None:
    """Print a signed checkpoint of everything recorded, to give to a witness."""
    with opened() as services:
        newest = services.audit.checkpoint().checkpoint
        services.archive.note_run(Run.CHECKPOINT)
    echo(short_form(newest) if short else newest.note, nl=short)


@log.command()
@archive_option
@json_option
def anchor(as_json: bool) -> None:
    """Have the time-stamping authorities stamp the newest checkpoints, and renew what runs out."""
    if not read_settings().authorities:
        raise click.UsageError("STORY_HISTORY_TIMESTAMPS names no time-stamping authority")
    with opened() as services:
        attempts = services.anchor()
    if as_json:
        stamps = [each._asdict() | {"at": each.at and rfc3339(each.at)} for each in attempts]
        print_json({"stamps": stamps})
    for each in () if as_json else attempts:
        done = f"stamped at {readable(each.at)}" if each.at else f"no stamp: {each.problem}"
        echo(f"{each.log}: {each.authority}: {done}", err=each.at is None)
    if not attempts and not as_json:
        echo("each authority has stamped the newest checkpoints")
    sys.exit(any(each.problem for each in attempts))


@log.command()
@archive_option
@click.argument("story")
@click.argument("revision", type=click.IntRange(1))
def proof(story: str, revision: int) -> None:
    """Print proofs, as JSON, that a revision and the actions on it are in the log."""
    with opened() as services:
        own = services.archive.index.resolve(story)
        proofs = services.audit.inclusion_of_revision(own, revision)
    print_json(proofs.as_dict())


@log.command()
@archive_option
@click.argument("first", type=click.IntRange(0))
@click.argument("second", type=click.IntRange(0), required=False)
def consistency(first: int, second: int | None) -> None:
    """Print a proof, as JSON, that the log of SECOND leaves (default: all) begins with FIRST."""
    with opened() as services:
        proof = services.audit.consistency(first, second)
    print_json(proof.as_dict())


@log.command()
@archive_option
@click.option(
    "--since",
    required=True,
    help="A checkpoint kept by a witness: a file, - for standard input, or SIZE:ROOT.",
)
def check(since: str) -> None:
    """Check that the archive extends a checkpoint: nothing before it was changed."""
    text = since
    if since == "-" or Path(since).is_file():
        with click.open_file(since, encoding="utf-8", errors="replace") as file:
            text = file.read()
    elif ":" not in since:
        raise Malformed([FieldError("since", "is neither a file that exists, nor SIZE:ROOT")])
    seen = parse_seen(text)
    with opened() as services:
        faults = services.audit.check_extends(seen)
        size = services.archive.index.log.size()
        epochs = services.audit.epochs()
    for fault in faults:
        echo(fault, err=True)
    if faults:
        sys.exit(1)
    signed = "" if seen.note else " (its signature was not given)"
    echo(
        f"the archive of {size} entries extends the checkpoint of {seen.size}{signed}:"
        " none of these was changed, dropped or moved, and every chain is what the log says"
    )
    for epoch in epochs:
        echo(f"not proven by signatures: {epoch}")


@log.command("epoch")
@archive_option
@click.option("--reason", required=True, help="What was lost, and how; everyone can read it.")
def epoch_(reason: str) -> None:
    """Go on under a new key, a new epoch of the log that says so in public: since the old key is
    lost, or since entries are that it signed.
    """
    with opened() as services:
        epoch = services.audit.begin_epoch(reason)
        public = services.audit.public_keys()[-1]
    echo(f"{epoch}\nPublish the new fingerprint, and why:\n{public.fingerprint}\n{public.line}")


@click.group()
@archive_option
def key() -> None:
    """Create, show or rotate the key that signs the log."""


@key.command("create")
@archive_option
@click.option("--name", help="The log's name, such as news.example/story-history.")
def create_(name: str | None) -> None:
    """Create the signing key. Keep it apart from the archive, and publish its fingerprint."""
    settings = read_settings()
    lost = not settings.signing_key.exists()
    if lost and (settings.archive / "stories.git").is_dir():
        with inspected(settings) as services:
            if found := services.audit.known_key():
                raise BadKey(
                    f"this log has a key, {found.fingerprint}: put it back if it is not there, or"
                    " go on without it: story-history log epoch --reason TEXT"
                )
    _show(create(settings.signing_key, name or settings.log_name))


@key.command()
@archive_option
@click.option("--imprint", is_flag=True, help="As it belongs into the paper's imprint.")
@json_option
def show(imprint: bool, as_json: bool) -> None:
    """Print the public key: fingerprint, OpenSSH format, and signed-note verifier keys."""
    settings, epochs = read_settings(), list[str]()
    if not (settings.archive / "stories.git").is_dir():
        signer = load(settings.signing_key, settings.log_name)
    else:
        with inspected(settings) as services:
            known = services.audit.known_key()
            key = settings.signing_key
            try:
                signer = services.audit.signer() if known else load(key, settings.log_name)
            except NoMemory as error:
                signer = error.signer
            epochs = services.audit.imprints()
    public, published = signer.public, origin_of(signer.public)
    if as_json:
        vkeys = {"verifier": public.vkey, "published_verifier": published.vkey}
        print_json({"fingerprint": public.fingerprint, "key": public.line} | vkeys)
    elif imprint:
        echo(_IMPRINT.format(public=public, published=published, epochs="".join(epochs)))
    else:
        _show(signer)


@key.command("rotate")
@archive_option
def rotate_() -> None:
    """Replace the key: the old one signs the new one, which signs a checkpoint."""
    with opened() as services:
        services.audit.checkpoint()
        services.archive.check_writable()  # the log has to take the new key
        old, signer = rotate(services.audit.settled_key())
        services.audit.checkpoint()
    echo(f"{old.fingerprint} is retired: destroy {signer.path}.old-*", err=True)
    _show(signer)


@key.command("trust-log")
@archive_option
def trust_log() -> None:
    """Take this archive as the newest that the key signed, since what it signed is not known."""
    with opened() as services:
        taken = services.audit.trust_log()
    for each in taken:
        echo(f"{each.origin}: signed up to {short_form(each)}")


_IMPRINT = """\
We keep a signed record of what our stories said, and when. Its key:
{public.line}
Fingerprint: {public.fingerprint}
Verifier keys (c2sp.org/signed-note), of the log and of the public log:
{public.vkey}
{published.vkey}
{epochs}An export of a story is checked from the key's line, by anyone, with a checker from a
release of story-history (the package story-history-checker), never with one in the export."""


def _show(signer: Signer) -> None:
    public = signer.public
    echo(f"{public.fingerprint}\n{public.line}\n{public.vkey}")


log.add_command(witness)
