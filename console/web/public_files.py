"""The published notices as files (公示文件): the public folder, as a web server would serve it."""

from pathlib import PurePosixPath
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope


class PublicFiles(StaticFiles):
    """Files and folders, without those whose names begin with a dot: they are not published."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if any(part.startswith(".") for part in PurePosixPath(path).parts):
            raise HTTPException(404)
        answer = await super().get_response(path, scope)
        if isinstance(answer, RedirectResponse):
            # Relative: whatever host was named in the request must not be repeated.
            name = scope["path"].rstrip("/").rpartition("/")[2]
            answer.headers["location"] = f"./{quote(name)}/"
        return answer
