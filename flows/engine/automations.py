"""Automations (自动告警): what Prefect itself tells operators, through a webhook.

They are in a file, by which they are made, and put back where somebody has changed or deleted
them. Without a webhook there are none.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events.actions import CallWebhook
from prefect.events.filters import AutomationFilter, AutomationFilterTags
from prefect.events.schemas.automations import Automation, AutomationCore
from prefect.exceptions import ObjectNotFound
from prefect.types import SecretDict
from pydantic import SecretStr

BLOCK = "jifen-operators"
TAG = "jifen"
# As JSON, so that no sign in a message can end it.
TEXT, TEXT_AS_JSON = '"TEXT"', "{{ text | tojson }}"
HEADERS = {"content-type": "application/json; charset=utf-8"}


@dataclass(frozen=True)
class Hook:
    """Where operators are told (an address that holds a key), and where they look at runs."""

    address: str = field(default="", repr=False)
    ui: str = ""


def automate(path: Path, hook: Hook) -> list[str]:
    """Make Prefect's automations as the file says, or update them, or delete them where there is
    no webhook; the names of those that were not as they should be."""
    with get_client(sync_client=True) as client:
        ours = AutomationFilter(tags=AutomationFilterTags(all_=[TAG]))
        there = client.read_automations(automations=ours)
        if hook.address:
            wanted = list(_wanted(path, hook, _block(hook.address)))
            return _bring_about(client, there, wanted)
        if there:
            with suppress(ObjectNotFound):
                block = client.read_block_document_by_name(BLOCK, Webhook.get_block_type_slug())
                client.delete_block_document(block.id)
            # After it: until they are gone, both are tried again.
            _delete(client, there)
        return [each.name for each in there]


def _bring_about(
    client: SyncPrefectClient, there: Sequence[Automation], wanted: Sequence[AutomationCore]
) -> list[str]:
    known = {each.name: each for each in there}
    names = {each.name for each in wanted}
    # Also one that a clock and `jifen deploy` have both made: it would tell twice.
    spare = [each for each in there if each.name not in names or known[each.name].id != each.id]
    _delete(client, spare)
    changed = [each.name for each in spare]
    for each in wanted:
        found = known.get(each.name)
        if found is None:
            client.create_automation(each)
        elif (found.trigger, found.actions) != (each.trigger, each.actions):
            client.update_automation(found.id, each.model_copy(update={"enabled": found.enabled}))
        else:
            continue
        changed.append(each.name)
    return changed


def _delete(client: SyncPrefectClient, automations: Sequence[Automation]) -> None:
    for each in automations:
        client.delete_automation(each.id)


def _wanted(path: Path, hook: Hook, block: UUID) -> Iterator[AutomationCore]:
    listed: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    form = next(each for each in listed["forms"] if each["address"] in hook.address)
    message = json.dumps(form["message"]).replace(TEXT, TEXT_AS_JSON)
    for each in listed["automations"]:
        text = each["text"].strip()
        payload = (
            f"{{% set ui = {json.dumps(hook.ui)} %}}{{% set text %}}{text}{{% endset %}}{message}"
        )
        yield AutomationCore.model_validate(
            {
                "name": each["name"],
                "tags": [TAG],
                "trigger": each["trigger"],
                "actions": [CallWebhook(block_document_id=block, payload=payload)],
            }
        )


def _block(address: str) -> UUID:
    """Prefect's block that holds the address, which it keeps encrypted."""
    # Any: these methods can be awaited too, and say so.
    wanted: Any = Webhook(url=SecretStr(address), headers=SecretDict(HEADERS))
    try:
        found: Any = Webhook.load(BLOCK)
    except ValueError:  # it is not there
        found = None
    if found is None or (found.url, found.headers) != (wanted.url, wanted.headers):
        return UUID(str(wanted.save(BLOCK, overwrite=True)))
    return UUID(str(found._block_document_id))
