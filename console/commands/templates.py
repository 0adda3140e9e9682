"""`jifen template list · show · check`."""

from typing import Annotated

import typer

from config.settings import load
from console.common import AsJson, print_json, print_table, put
from console.language import spoken
from console.wording import _, heads
from domain.kernel.errors import Refused
from domain.kernel.reasons import reason

app = typer.Typer(
    help="The texts that go out (文案模板), and the installation's own over them.",
    no_args_is_help=True,
)
Language = Annotated[
    str | None, typer.Option("--locale", metavar="zh_CN|en", help="The settings' where left out.")
]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="template")


@app.command("list")
def list_all(locale: Language = None, as_json: AsJson = False) -> None:
    """The texts of a language, and which of them the installation replaced by its own.

    To replace one, lay a file with the same name into the settings' `templates_dir`.

    Example: jifen template list
    """
    from notifications.template_check.check import source_of, templates  # lazy: start
    from notifications.texts.catalogue import load_texts  # lazy: start

    settings = load()
    texts = load_texts(locale or settings.locale, settings.templates_dir)
    rows = []
    for name in templates(texts):
        path = source_of(texts, name)
        own = path.is_relative_to(settings.templates_dir)
        rows.append({"template": name, "source": "own" if own else "shipped", "file": str(path)})
    if as_json:
        print_json(rows)
    else:
        named = {"own": _("own"), "shipped": _("shipped")}
        print_table(
            heads("template", "source"), ((row["template"], named[row["source"]]) for row in rows)
        )


@app.command()
def show(
    template: Annotated[
        str, typer.Argument(metavar="TEMPLATE", help="e.g. zh_CN/message/reminder.txt")
    ],
) -> None:
    """A text as it is in force, to be copied and changed.

    Example: jifen template show zh_CN/message/reminder.txt
    """
    from notifications.template_check.check import wording_of  # lazy: start
    from notifications.texts.catalogue import LOCALES, load_texts  # lazy: start

    settings = load()
    language = template.partition("/")[0]
    locale = language if language in LOCALES else settings.locale
    put(wording_of(load_texts(locale, settings.templates_dir), template), end="")


@app.command()
def check(as_json: AsJson = False) -> None:
    """Render every text in all languages with the worst and the least there may be.

    Says what fails, what is too long for a channel and by how much, and which files of the
    installation stand for no text of ours. Exit code 1 where there is any.

    Example: jifen template check
    """
    from notifications.template_check.check import check as check_all  # lazy: start

    checked = check_all(load().templates_dir)
    wrong = [each for each in checked if each.wrong]
    if as_json:
        print_json(
            {
                "ok": not wrong,
                "checked": [
                    {
                        "locale": each.locale,
                        "template": each.template,
                        "case": each.case,
                        "size": each.size,
                        "wrong": each.wrong,
                    }
                    for each in checked
                ],
            }
        )
    else:
        language = spoken()
        shown = [each for each in checked if each.measure or each.whys]
        print_table(
            heads("language", "template", "case", "size", "wrong"),
            (
                (
                    each.locale,
                    each.template,
                    reason(f"text_case_{each.case}").text(language),
                    each.measure.text(language) if each.measure else "",
                    reason("all_of", all=each.whys).text(language) or _("no"),
                )
                for each in shown
            ),
        )
        put(
            _("texts checked: {count}, wrong: {wrong}").format(count=len(checked), wrong=len(wrong))
        )
    if wrong:
        first = wrong[0]
        name = f"{first.locale}/{first.template}"
        raise Refused(reason("texts_wrong", count=len(wrong), template=name, why=first.whys[0]))
