"""What Prefect's form offers (表单选项) for a step: the names that the catalogue has."""

from pydantic import WithJsonSchema

from domain.cycle.catalogue import steps_of


def steps_offered(process: str) -> WithJsonSchema:
    """The process's steps, for a parameter's annotation: the form shows a list of them."""
    return WithJsonSchema({"type": "string", "enum": list(steps_of(process))})
