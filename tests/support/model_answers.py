"""What the loopback model says in the four protocols: one fixed text, or calls of the shell."""

from __future__ import annotations

import json
from typing import Any

ANSWER = "All is well."

Json = dict[str, Any]


def answer(path: str, body: Json, commands: tuple[str, ...]) -> tuple[Json, list[str]]:
    """Give the whole answer, and the events that a stream of it consists of.

    Args:
        path: The path of the request, without its query.
        body: Its document.
        commands: Shell commands to call for, all at once; without one the answer is ``ANSWER``.
    """
    if path.endswith("/responses"):
        return _responses(commands)
    if path.endswith("/chat/completions"):
        return _chat(commands)
    if path.endswith("/messages"):
        return _messages(commands)
    if "enerateContent" in path:
        return _gemini(body, commands)
    return {"input_tokens": 10, "totalTokens": 10}, []


def _event(document: Json) -> str:
    name = f"event: {document['type']}\n" if "type" in document else ""
    return f"{name}data: {json.dumps(document)}\n\n"


def _responses(commands: tuple[str, ...]) -> tuple[Json, list[str]]:
    text = {"type": "output_text", "text": ANSWER, "annotations": []}
    output: list[Json] = [
        {
            "type": "function_call",
            "id": f"f{n}",
            "call_id": f"c{n}",
            "name": "exec_command",
            "arguments": json.dumps({"cmd": one}),
        }
        for n, one in enumerate(commands)
    ] or [{"type": "message", "id": "m0", "role": "assistant", "content": [text]}]
    usage = {"input_tokens": 10, "output_tokens": 2, "total_tokens": 12}
    whole: Json = {"id": "r0", "object": "response", "status": "completed", "output": output, "usage": usage}
    events: list[Json] = [{"type": "response.created", "response": {**whole, "status": "in_progress", "output": []}}]
    events += [{"type": "response.output_item.done", "output_index": n, "item": one} for n, one in enumerate(output)]
    return whole, [_event(one) for one in [*events, {"type": "response.completed", "response": whole}]]


def _chat(commands: tuple[str, ...]) -> tuple[Json, list[str]]:
    calls = [
        {
            "index": n,
            "id": f"c{n}",
            "type": "function",
            "function": {"name": "bash", "arguments": json.dumps({"command": one, "description": "try"})},
        }
        for n, one in enumerate(commands)
    ]
    message: Json = {"role": "assistant", "content": None if calls else ANSWER}
    message |= {"tool_calls": calls} if calls else {}
    reason = "tool_calls" if calls else "stop"
    common: Json = {"id": "x0", "created": 1, "model": "stub"}
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}
    chunks = [{"index": 0, "delta": message, "finish_reason": None}, {"index": 0, "delta": {}, "finish_reason": reason}]
    events = [_event({**common, "object": "chat.completion.chunk", "choices": [one]}) for one in chunks]
    last = _event({**common, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    choice = {"index": 0, "message": message, "finish_reason": reason}
    whole = {**common, "object": "chat.completion", "choices": [choice], "usage": usage}
    return whole, [*events, last, "data: [DONE]\n\n"]


def _messages(commands: tuple[str, ...]) -> tuple[Json, list[str]]:
    blocks: list[Json] = [
        {"type": "tool_use", "id": f"toolu_{n}", "name": "Bash", "input": {"command": one, "description": "try"}}
        for n, one in enumerate(commands)
    ] or [{"type": "text", "text": ANSWER}]
    usage = {"input_tokens": 10, "output_tokens": 2}
    reason = "tool_use" if commands else "end_turn"
    common: Json = {"id": "msg_0", "type": "message", "role": "assistant", "model": "stub", "stop_sequence": None}
    events: list[Json] = [
        {"type": "message_start", "message": {**common, "content": [], "stop_reason": None, "usage": usage}}
    ]
    for n, block in enumerate(blocks):
        events += _block(n, block)
    events.append({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage})
    whole = {**common, "content": blocks, "stop_reason": reason, "usage": usage}
    return whole, [_event(one) for one in [*events, {"type": "message_stop"}]]


def _block(index: int, block: Json) -> list[Json]:
    start: Json = {"type": "text", "text": ""}
    delta: Json = {"type": "text_delta", "text": block.get("text")}
    if block["type"] == "tool_use":
        start = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        {"type": "content_block_delta", "index": index, "delta": delta},
        {"type": "content_block_stop", "index": index},
    ]


def _gemini(body: Json, commands: tuple[str, ...]) -> tuple[Json, list[str]]:
    calls: list[Json] = [{"functionCall": {"name": "run_shell_command", "args": {"command": one}}} for one in commands]
    plain = {"text": "{}" if "responseMimeType" in body.get("generationConfig", {}) else ANSWER}
    content = {"role": "model", "parts": calls or [plain]}
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 2, "totalTokenCount": 12}
    whole = {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], "usageMetadata": usage}
    return whole, [_event(whole)]
