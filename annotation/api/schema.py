"""What the schema says of refusals. Most follow from an operation and are listed by no view."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.utils import OpenApiResponse

from annotation.api.serializers import RefusalSerializer

CONFLICT = OpenApiResponse(
    RefusalSerializer, "Something else was answered or decided before; nothing has changed."
)
WRONG = {
    "type": "object",
    "description": "What is wrong, by field; under `detail` if it is the request as a whole.",
    "additionalProperties": {},
}


def add_refusals(result: Any, **asked: Any) -> Any:
    result["components"]["schemas"]["WrongRequest"] = WRONG
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status, description, schema in _refusals(path, operation):
                operation["responses"].setdefault(status, _response(description, schema))
    return result


def _refusals(path: str, operation: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    if "requestBody" in operation:
        yield "400", "The request is wrong; nothing has changed.", "WrongRequest"
    if path.endswith("/token/"):
        yield "429", "Too many wrong passwords; Retry-After says for how long.", "Refusal"
    else:
        yield "403", "Not signed in, or not allowed.", "Refusal"
    named = {parameter["name"] for parameter in operation.get("parameters", [])}
    if "{" in path or "cursor" in named:
        yield "404", "There is none, or none that is yours to see.", "Refusal"


def _response(description: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}
