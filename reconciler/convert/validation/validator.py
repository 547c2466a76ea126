"""Asks of a converted configuration everything that can be known before the target CLI starts. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from reconciler.convert.agent import AgentConfig, Role, Scope, Unreadable
from reconciler.convert.spoke import Spoke
from reconciler.convert.validation.catalogue import AS_OF, CATALOGUE, Catalogue, ModelEntry
from reconciler.convert.validation.needs import needed_programs, needed_variables, unknown_tools
from reconciler.model.conversion import Conversion
from reconciler.model.migration import Cli
from reconciler.model.validation import Finding, ValidationResult

APPLY_LIMIT = 262_144
"""Bytes that a client-side ``kubectl apply`` can carry, because it keeps the object in an annotation."""

OBJECT_LIMIT = 1_048_576
"""Bytes that the API server stores in one ConfigMap."""


def validate(
    conversion: Conversion,
    files: Mapping[str, bytes],
    source: Spoke,
    target: Spoke,
    *,
    model: str,
    catalogue: Catalogue = CATALOGUE,
) -> ValidationResult:
    """Check a converted configuration.

    Args:
        conversion: With the files that are handed over whole.
        files: What was converted.
        source: The CLI whose files they are.
        target: The CLI that is to load it.
        model: The target's model; empty leaves it to the CLI.
        catalogue: The models that are known, e.g. the ones that an installed CLI names.
    """
    before = source.read(files, Scope.PROJECT)
    after = target.read(conversion.files, Scope.PROJECT)
    stood = {(one.name, one.reason) for one in target.read(files, Scope.PROJECT).unreadable}
    unread = [one for one in after.unreadable if (one.name, one.reason) not in stood]
    errors = [
        *(Finding(str(one.origin), f"{target.cli} would not read it: {one.reason}") for one in unread),
        *_wrong_model(target.cli, model, catalogue),
        *_wrong_efforts(target.cli, after, model, catalogue),
        *_too_large(conversion.files),
    ]
    warnings = [
        *(Finding(str(one.origin), f"{target.cli} passes over it: {one.reason}") for one in _kept(after, stood)),
        *_unknown_model(target.cli, model, catalogue),
        *_large(conversion.files),
        *_heavy_memory(target.cli, after, model, catalogue),
        *_authentication(source.cli, target.cli),
        *needed_variables(after),
        *needed_programs(after),
        *unknown_tools(before, target.cli),
        *_missing_files(after),
    ]
    return ValidationResult(tuple(errors), tuple(warnings))


def _kept(after: AgentConfig, stood: Collection[tuple[str, str]]) -> Iterator[Unreadable]:
    """Give what the target passed over already when nothing was converted yet; it stays as people wrote it."""
    yield from (one for one in after.unreadable if (one.name, one.reason) in stood)


def _wrong_model(cli: Cli, model: str, catalogue: Catalogue) -> Iterator[Finding]:
    if not model:
        return
    if cli is Cli.OPENCODE:
        if "/" not in model:
            yield Finding("target.model", f"found {model}, expected provider/model", "e.g. anthropic/claude-sonnet-4-5")
        return
    owners = [other for other in Cli if other is not cli and _is_of(other, model, catalogue)]
    if owners and not _is_of(cli, model, catalogue):
        known = ", ".join(catalogue.get(cli, {})) or "a model of its own"
        yield Finding("target.model", f"{model} is a model of {owners[0]}, not of {cli}", f"expected one of {known}")


def _unknown_model(cli: Cli, model: str, catalogue: Catalogue) -> Iterator[Finding]:
    known = catalogue.get(cli, {})
    if model and known and not _is_of(cli, model, catalogue):
        what = f"{model} is not among the models known in {AS_OF}: {', '.join(known)}"
        yield Finding("target.model", what, "check its spelling")


def _is_of(cli: Cli, model: str, catalogue: Catalogue) -> bool:
    return model in catalogue.get(cli, {}) or (cli is Cli.CLAUDE and model.startswith("claude-"))


def _wrong_efforts(cli: Cli, after: AgentConfig, model: str, catalogue: Catalogue) -> Iterator[Finding]:
    entry = catalogue.get(cli, {}).get(model, ModelEntry(0))
    if not entry.efforts:
        return
    chosen = after.last(Role.EFFORT)
    asked = [(str(chosen.origin), str(chosen.value))] if chosen else []
    asked += [(str(one.origin), one.effort) for one in after.subagents if one.effort]
    for where, effort in asked:
        if effort not in entry.efforts:
            yield Finding(where, f"effort {effort}: {model} knows {', '.join(entry.efforts)}")


def _too_large(files: Mapping[str, bytes]) -> Iterator[Finding]:
    size = sum(map(len, files.values()))
    if size > OBJECT_LIMIT:
        yield Finding(
            "configmap-target.yaml", f"{size} bytes, over {OBJECT_LIMIT}: {_largest(files)}", "leave files out"
        )


def _large(files: Mapping[str, bytes]) -> Iterator[Finding]:
    size = sum(map(len, files.values()))
    if APPLY_LIMIT * 3 // 4 < size <= OBJECT_LIMIT:
        what = f"{size} bytes of files; a client-side apply takes {APPLY_LIMIT} with everything: {_largest(files)}"
        yield Finding("configmap-target.yaml", what)


def _heavy_memory(cli: Cli, after: AgentConfig, model: str, catalogue: Catalogue) -> Iterator[Finding]:
    context = catalogue.get(cli, {}).get(model, ModelEntry(0)).context_tokens
    tokens = sum(len(one.text) for one in after.memory if not one.folder) // _BYTES_A_TOKEN
    if context and tokens > context // 10:
        what = f"the memory takes about {tokens} of the {context} tokens that {model} can hold"
        yield Finding("target.model", what, "it is sent with every task: keep what every task needs")


def _largest(files: Mapping[str, bytes]) -> str:
    largest = sorted(files, key=lambda path: -len(files[path]))[:3]
    return ", ".join(f"{path} {len(files[path])}" for path in largest)


def _authentication(source: Cli, target: Cli) -> Iterable[Finding]:
    if source is target:
        return ()
    return (Finding("target.cli", f"{target} signs in with {_KEYS[target]}", "the target's pods need it"),)


def _missing_files(after: AgentConfig) -> Iterator[Finding]:
    for hook in after.hooks:
        for path in hook.missing_scripts:
            yield Finding(str(hook.origin), f"{hook.name} runs {path}, which is not in the agent's folder")
    for setting in after.settings:
        if setting.role is Role.DIRECTORIES and isinstance(setting.value, list):
            outside = [str(one) for one in setting.value if str(one).startswith(("/", "~", ".."))]
            if outside:
                what = f"tools may use {', '.join(outside)}, which is outside the agent's folder"
                yield Finding(str(setting.origin), what, "the target's pods need these folders")


_BYTES_A_TOKEN = 4  # of English prose; other scripts take more tokens
_KEYS = {
    Cli.CLAUDE: "ANTHROPIC_API_KEY, or apiKeyHelper",
    Cli.CODEX: "OPENAI_API_KEY (codex login --with-api-key), or a model provider of the user's config.toml",
    Cli.GEMINI: 'GEMINI_API_KEY, with security.auth.selectedType "gemini-api-key" in the user\'s settings',
    Cli.OPENCODE: "the key of the model's provider, e.g. ANTHROPIC_API_KEY",
}
