"""Hostile bytes, hostile settings and the files that the CLIs would read them from."""

from reconciler.model.migration import Cli

MEMORY = {Cli.CLAUDE: "CLAUDE.md", Cli.CODEX: "AGENTS.md", Cli.GEMINI: "GEMINI.md", Cli.OPENCODE: "AGENTS.md"}
MARKDOWN = {
    Cli.CLAUDE: [
        "CLAUDE.md", "CLAUDE.local.md", "src/CLAUDE.md", ".claude/rules/x.md", ".claude/commands/x.md",
        ".claude/agents/x.md", ".claude/skills/x/SKILL.md", ".claude/output-styles/x.md",
    ],
    Cli.CODEX: ["AGENTS.md", "AGENTS.override.md", "src/AGENTS.md", ".agents/skills/x/SKILL.md"],
    Cli.GEMINI: ["GEMINI.md", "src/GEMINI.md", ".gemini/agents/x.md", ".gemini/skills/x/SKILL.md"],
    Cli.OPENCODE: [
        "AGENTS.md", "src/AGENTS.md", ".opencode/command/x.md", ".opencode/agent/x.md", ".opencode/skill/x/SKILL.md",
    ],
}  # fmt: skip
JSON = {
    Cli.CLAUDE: [".claude/settings.json", ".claude/settings.local.json", ".mcp.json"],
    Cli.CODEX: [".codex/hooks.json"],
    Cli.GEMINI: [".gemini/settings.json"],
    Cli.OPENCODE: ["opencode.json", "opencode.jsonc"],
}
TOML = {
    Cli.CLAUDE: [],
    Cli.CODEX: [".codex/config.toml", ".codex/agents/x.toml"],
    Cli.GEMINI: [".gemini/commands/x.toml", ".gemini/policies/x.toml"],
    Cli.OPENCODE: [],
}
OTHERS = {Cli.CLAUDE: [], Cli.CODEX: [".codex/rules/x.rules"], Cli.GEMINI: [".gemini/.env"], Cli.OPENCODE: []}
NAMES = ("../../x", "/x", "a\nb", "]\n[x", "\x00", "..", ".", "~")

ESCAPES = [
    "../outside.md",
    "/outside.md",
    "~/outside.md",
    "../agent-beside/x.md",
    "a/../../outside.md",
    "link/outside.md",
]


def everywhere(source: Cli, data: bytes) -> dict[str, bytes]:
    """Put the same bytes in every file that the CLI reads."""
    return dict.fromkeys([*MARKDOWN[source], *JSON[source], *TOML[source], *OTHERS[source]], data)


BYTES = {
    "nothing": b"",
    "byte-order-mark": b"\xef\xbb\xbf",
    "nul": b"# a\0b\n",
    "utf-16": "# ä\n".encode("utf-16"),
    "latin-1": b"# \xe4\n",
    "cut-character": "# 🙂".encode()[:-1],
    "lone-returns": b"# a\r\r@b\r---\r",
    "control": bytes(range(1, 32)) * 50,
    "bidi": "# a \u202e\u2066 b \u200b\n@a\u202e.md\n".encode(),
    "one-line": b"word " * 40_000,
    "lines": b"\n" * 20_000,
    "deep-list": "".join(f"{'  ' * depth}- a\n" for depth in range(700)).encode(),
    "lists-in-lists": b"- " * 8_000 + b"a\n",
    "quotes": b"> " * 8_000 + b"a\n",
    "brackets": b"[a](" * 8_000,
    "open-brackets": b"[" * 100_000,
    "open-braces": b"{" * 100_000,
    "json-lists": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "json-objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "json-key-twice": b'{"permissions": {"deny": ["Read"]}, "permissions": {}}',
    "json-nan": b'{"hooks": NaN, "permissions": Infinity}',
    "json-digits": b'{"timeout": ' + b"9" * 100_000 + b"}",
    "json-keys": b"{" + b",".join(b'"k%d": 1' % number for number in range(4_000)) + b"}",
    "json-open-text": b'{"a": "' + b"\\" * 99_999,
    "json-comments": b"/*" * 100_000 + b"//" * 100_000,
    "json-root": b'["permissions"]',
    "toml-lists": b"a = " + b"[" * 100_000,
    "toml-tables": b"a = " + b"{a = " * 10_000,
    "toml-key": b".".join([b"a"] * 100_000) + b" = 1",
    "toml-quoted-key": b"[" + b".".join([b'"a"'] * 100_000) + b"]",
    "toml-digits": b"a = " + b"1" * 100_000,
    "toml-open-text": b'a = """' + b'\\"""' * 10_000,
    "toml-tables-of-one": b"[[rule]]\n" * 4_000,
    "toml-keys": b"".join(b"k%d = 1\n" % number for number in range(10_000)),
    "fences": b"```\n~~~\n" * 4_000,
    "backticks": b" ".join(b"`" * (number % 300) for number in range(2_000)),
    "backtick": b"`" * 100_001,
    "stars": b"*_" * 10_000 + b"\n",
    "comments": b"<!-- " * 10_000,
    "closed-comments": b"<!-- --> " * 10_000,
    "tags": b"<a " * 10_000,
    "tables": b"|" * 100_000 + b"\n" + b"|-" * 10_000,
    "headings": b"# From a\n## From b\n" * 4_000,
    "ats": b"@" * 100_000,
    "imports-of-nothing": b"@a.md " * 10_000,
    "import-of-a-long-name": b"@" + b"a/" * 100_000,
    "home-imports": b"@~/x @~root/x @/etc/passwd @../x @a/../../x @..\\x @./../x @file:///etc/passwd\n" * 1_000,
    "arguments": b"$ARGUMENTS $1 $2 ${3} {{args}} " * 4_000,
    "shell": b"!`a !{b @{c " * 4_000,
    "references": b"${" * 10_000 + b"$" * 10_000 + b"{env:" * 4_000 + b"{file:" * 4_000,
    "yaml-bomb": b"---\na: &a [x,x]\n"
    + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c]\n" % (98 + n, 98 + n, 97 + n, 97 + n, 97 + n, 97 + n) for n in range(20))
    + b"---\nx\n",
    "yaml-tags": b"---\nname: !!python/object/apply:os.system [id]\ndescription: *nowhere\n? [a]\n: b\n---\nx\n",
    "yaml-alias-of-itself": b"---\nname: &a [*a]\npaths: *a\n<<: *a\n---\nx\n",
    "yaml-deep": b"---\nname: " + b"[" * 10_000 + b"\n---\nx\n",
    "yaml-indented": b"---\n" + b"".join(b" " * depth + b"a:\n" for depth in range(300)) + b"---\nx\n",
    "yaml-open": b"---\nname: x\n" + b"a: b\n" * 4_000,
    "yaml-long": b"---\n" + b"a: b\n" * 4_000 + b"---\nx\n",
    "yaml-braces": b"---\npaths: [" + b"{a," * 2_000 + b"]\n---\nx\n",
    "yaml-globs": b"---\npaths: [" + b'"' + b"**/" * 3_000 + b"{a,b}" * 1_000 + b'"]\n---\nx\n',
    "yaml-rules": b"---\nname: x\ndescription: x\nallowed-tools: " + b"Bash(" * 3_000 + b"\n---\nx\n",
    "yaml-name": b'---\nname: ../../../escape\ndescription: "a\\nb: c"\n---\nx\n',
    "yaml-name-of-controls": b"---\nname: \"a\x1b[2J\x07\\u0000\"\ndescription: '''\"\"\" ---'\n---\nx\n",
    "toml-front-matter": b"+++\nsource = 'x'\n" * 10_000,
    "toml-quotes": b"'''\n\"\"\"\n\\\n" * 2_000,
    "rules": b'prefix_rule(pattern=["a", ' * 2_000 + b"[" * 2_000,
    "rules-arithmetic": b'prefix_rule(pattern=["a"] * 10 ** 9, decision="forbidden")\n' * 100,
    "env": b"A=${A}\nexport B='\n" * 4_000,
}  # fmt: skip

SETTINGS = {
    "wrong-types": {"permissions": [1], "hooks": "x", "env": [{}], "mcpServers": 3, "mcp": None, "model": {"a": []}},
    "wrong-types-below": {
        "permissions": {"allow": {"a": 1}, "deny": [None, 1, ["x"], {}], "ask": "Bash", "defaultMode": []},
        "hooks": {"PreToolUse": [None, 1, {"hooks": [None, {"type": 1, "command": []}]}], "": [], "Stop": {}},
        "mcpServers": {"": {}, "a": None, "b": {"command": [], "args": "x", "env": [], "timeout": "x"}},
        "mcp": {"": {}, "a": None, "b": {"command": "x", "environment": [], "enabled": 3}},
        "permission": {"bash": {"*": 1, "": None}, "": "x", "edit": []},
        "tools": {"exclude": 1, "core": [None]},
        "env": {"": "", "A": None, "B": {}, "C=D": "x"},
        "agent": {"": None, "x": {"permission": 1}},
        "command": {"": None, "x": []},
        "context": {"fileName": [[], None, "../x", "/etc/passwd", ""]},
        "instructions": [None, "../../x", "/etc/passwd", "~/x", "**/" * 2_000, "https://example.com/x"],
    },
    "names-that-leave": {
        "mcpServers": {name: {"command": "a", "args": ["b"]} for name in NAMES},
        "mcp": {name: {"type": "local", "command": ["a"]} for name in NAMES},
        "agent": {name: {"description": "a", "prompt": "b"} for name in NAMES},
        "command": {name: {"template": "a"} for name in NAMES},
        "env": {"A\nB": "x", "C]": '"\n[x]'},
        "hooks": {"../x": [{"matcher": "\n", "hooks": [{"type": "command", "command": "a\0b"}]}]},
        "outputStyle": "../../x",
    },
    "long-rules": {
        "permissions": {
            "deny": ["Bash(" * 2_000, f"Bash({'*' * 20_000})", f"Read({'**/' * 5_000})", "(" * 9_000, "a" * 9_000],
            "allow": ["Bash(" + "a " * 5_000 + ":*)", "mcp__" * 2_000, "WebFetch(domain:" + "a." * 5_000 + ")"],
        },
        "permission": {"bash": {"*" * 5_000 + "a": "deny"}, "*" * 3_000: "allow", "read": {"**/" * 3_000: "deny"}},
        "tools": {"exclude": ["run_shell_command(" * 1_000], "allowed": ["(" * 5_000]},
    },
    "many-rules": {
        "permissions": {"deny": [f"Bash(a{number}:*)" for number in range(1_500)]},
        "permission": {"bash": {f"a{number} *": "deny" for number in range(1_500)}},
        "tools": {"exclude": [f"run_shell_command(a{number})" for number in range(1_500)]},
    },
    "matchers": {
        "hooks": {
            "PreToolUse": [
                {"matcher": matcher, "hooks": [{"type": "command", "command": "$CLAUDE_PROJECT_DIR/../../x " * 200}]}
                for matcher in ("(a+)+$", "(" * 2_000, "[", "*" * 5_000, "Bash|" * 2_000, "\\")
            ]
        }
    },
}  # fmt: skip
