"""Apprise plugins of ours (群机器人), in the place of its own under the same addresses.

Apprise's own take any HTTP 200 for success; these read the code in the answer, and keep the
answer. Their services may be reached through a town's gateway (`use_gateways`).
"""

import base64
import contextlib
import hashlib
import hmac
import logging
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import urlencode

import requests
from apprise import Apprise, AppriseAsset, NotifyBase
from apprise.common import NotifyFormat, NotifyType, PersistentStoreMode
from apprise.manager_plugins import NotificationManager
from apprise.plugins.bark import NotifyBark
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.lark import NotifyLark
from apprise.plugins.serverchan import NotifyServerChan
from apprise.plugins.wecombot import NotifyWeComBot

from domain.kernel.local_time import now
from notifications.channels.addresses import scheme_of
from notifications.channels.answers import BYTES_MAX, ServiceAnswer, read_answer


class Robot(NotifyBase):
    """What our plugins share: to post, to read the answer, and to keep it."""

    service: ClassVar[str]
    home: ClassVar[str] = ""
    # The address that the service itself hands out, with the key in it: it may be pasted as it is.
    native: ClassVar[str] = r"(?!)"
    answer: ServiceAnswer | None = None

    @classmethod
    def apprise_url(cls, url: str) -> str | None:
        """The service's own address in Apprise's form; None where it is not one of this service."""
        match = re.fullmatch(cls.native, url.strip(), re.IGNORECASE)
        return f"{cls.service}://{match[1]}" if match else None

    @classmethod
    def parse_native_url(cls, url: str) -> dict[str, Any] | None:
        """What Apprise asks every plugin about an https address."""
        ours = cls.apprise_url(url)
        return cls.parse_url(ours) if ours else None

    def post(self, path: str, *, base: str | None = None, **request: Any) -> bool:
        """Post to the service; True only where its own code says that all is well."""
        self.answer = self._answered((base or self.home) + path, **request)
        return self.answer.ok

    def _answered(self, url: str, **request: Any) -> ServiceAnswer:
        try:
            with requests.post(
                url,
                headers={"User-Agent": "jifen"},
                verify=self.verify_certificate,
                timeout=self.request_timeout,
                allow_redirects=False,
                stream=True,
                **request,
            ) as reply:
                content = reply.raw.read(BYTES_MAX, decode_content=True)
        except (requests.RequestException, OSError) as error:
            # Never its text: that quotes the whole URL.
            return ServiceAnswer(False, _why(error))
        except Exception as error:  # urllib3's own, which requests lets through from `raw`
            return ServiceAnswer(False, f"the answer broke off: {type(error).__name__}")
        return read_answer(self.service, reply.status_code, content, reply.headers, now())


class WeComBot(Robot, NotifyWeComBot):
    """企业微信群机器人"""

    service = "wecombot"
    home = "https://qyapi.weixin.qq.com"
    native = r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send/?\?key=([\w-]+)"

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **_: Any
    ) -> bool:
        return self.post(
            "/cgi-bin/webhook/send",
            params={"key": self.key},
            json={"msgtype": "text", "text": {"content": body}},
        )


class DingTalk(Robot, NotifyDingTalk):
    """钉钉群机器人, signed where the address holds a secret"""

    service = "dingtalk"
    home = "https://oapi.dingtalk.com"
    native = r"https://oapi\.dingtalk\.com/robot/send/?\?access_token=([a-z0-9]+)"
    # The title is put into the text.
    title_maxlen = 0

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **_: Any
    ) -> bool:
        params = {"access_token": self.token}
        if self.secret:
            params["timestamp"] = str(round(time.time() * 1000))
            params["sign"] = _signature(self.secret, f"{params['timestamp']}\n{self.secret}")
        at = {"atMobiles": self.targets, "isAtAll": False}
        payload = {"msgtype": "text", "text": {"content": body}, "at": at}
        return self.post("/robot/send", params=params, json=payload)

    def __len__(self) -> int:
        # Those named are only mentioned: it is one message to one group.
        return 1


class Feishu(Robot, NotifyFeishu):
    """飞书群机器人, signed where the address says `?secret=…`"""

    service = "feishu"
    home = "https://open.feishu.cn"
    native = r"https://open\.feishu\.cn/open-apis/bot/v2/hook/([\w-]+)/?"

    def __init__(self, secret: str = "", **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.secret = secret

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **_: Any
    ) -> bool:
        payload: dict[str, Any] = {"msg_type": "text", "content": {"text": body}}
        if self.secret:
            payload["timestamp"] = str(round(time.time()))
            payload["sign"] = _signature(f"{payload['timestamp']}\n{self.secret}", "")
        return self.post(f"/open-apis/bot/v2/hook/{self.token}", json=payload)

    def url(self, privacy: bool = False, *arguments: Any, **options: Any) -> str:
        shown: str = super().url(privacy, *arguments, **options)  # type: ignore[no-untyped-call]
        return f"{shown}&{urlencode({'secret': self.secret})}" if self.secret else shown

    @staticmethod
    def parse_url(url: str, *_: Any, **__: Any) -> dict[str, Any] | None:
        found: dict[str, Any] | None = NotifyFeishu.parse_url(url)
        if found and found["qsd"].get("secret"):
            found["secret"] = found["qsd"]["secret"]
        return found


class Lark(Robot, NotifyLark):
    """Lark, Feishu outside China"""

    service = "lark"
    home = "https://open.larksuite.com"
    native = r"https://open\.larksuite\.com/open-apis/bot/v2/hook/([\w-]+)/?"

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **_: Any
    ) -> bool:
        text = f"{title}\n{body}" if title else body
        payload = {"msg_type": "text", "content": {"text": text}}
        return self.post(f"/open-apis/bot/v2/hook/{self.token}", json=payload)


class ServerChan(Robot, NotifyServerChan):
    """Server酱"""

    service = "schan"
    home = "https://sctapi.ftqq.com"
    native = r"https://sctapi\.ftqq\.com/([a-z0-9]+)\.send"
    # It cuts longer titles.
    title_maxlen = 32

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **_: Any
    ) -> bool:
        return self.post(f"/{self.token}.send", data={"title": title, "desp": body})


class Bark(Robot, NotifyBark):
    """Bark: to one device, encrypted where the address holds a key"""

    service = "bark"

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **_: Any
    ) -> bool:
        options = {
            "icon": self.icon,
            "sound": self.sound,
            "url": self.click,
            "badge": self.badge,
            "level": self.level,
            "category": self.category,
            "group": self.group,
            "volume": self.volume,
            "call": int(self.call),
        }
        form = "markdown" if self.notify_format == NotifyFormat.MARKDOWN else "body"
        payload = {"title": title, form: body, **{k: v for k, v in options.items() if v}}
        if self._cipher is not None:
            text, vector = self._encrypt_payload(payload)  # type: ignore[no-untyped-call]
            payload = {"ciphertext": text, "iv": vector}
        [device] = self.targets
        return self.post(
            "",
            base=self.notify_url,
            auth=self.request_auth,
            json={"device_key": device, **payload},
        )


ROBOTS: tuple[type[Robot], ...] = (WeComBot, DingTalk, Feishu, Lark, ServerChan, Bark)


def _why(error: Exception) -> str:
    """Why a service could not be asked, in words that quote nothing."""
    told = (
        (requests.exceptions.SSLError, "its certificate is not valid"),
        (requests.exceptions.ProxyError, "the proxy does not answer"),
        (requests.ConnectTimeout, "no connection in time"),
        (requests.ReadTimeout, "no answer in time"),
        (requests.ConnectionError, "no connection"),
    )
    words = next((words for kind, words in told if isinstance(error, kind)), "no answer")
    return f"{words} ({type(error).__name__})"


def _signature(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def install(gateways: Mapping[str, str] | None = None) -> None:
    """Put our plugins in the place of Apprise's, and keep Apprise from logging anything.

    `gateways` says at which address a service is reached instead of its own, by scheme: for
    towns whose machines may only talk to their own gateway.
    """
    # Its warnings quote keys and mail boxes; what went wrong is in our receipts.
    for name in ("apprise", "urllib3", "requests"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [logging.NullHandler()]
        logger.propagate = False
    manager = NotificationManager()
    for robot in ROBOTS:
        manager.add(robot, force=True)
        if gateways and robot.service in gateways:
            robot.home = gateways[robot.service].rstrip("/")


@lru_cache(maxsize=1)
def _asset() -> AppriseAsset:
    """How Apprise is to behave."""
    asset = AppriseAsset(
        app_id="jifen", app_desc="积分", storage_mode=PersistentStoreMode.MEMORY, async_mode=False
    )
    # A redirect would carry the key to somebody else.
    asset.http_redirects = False
    return asset


def plugin_of(address: str) -> NotifyBase | None:
    """Apprise's plugin for an address, without what would hide a failure; None for no address."""
    plugin: NotifyBase | None = None
    with contextlib.suppress(Exception):  # what a plugin makes of a bad address is its own affair
        plugin = Apprise.instantiate(address, asset=_asset())
    if plugin is not None:
        # `?optional=yes` would turn a failure into a success; the back-off is ours.
        plugin.optional, plugin.retry, plugin.wait = False, 0, 0.0
    return plugin


def checked(address: str) -> ServiceAnswer:
    """Whether an address can be kept, and as what: a service's own URL becomes Apprise's.

    One that names several recipients cannot: when one of them fails, the others would hear
    everything twice.
    """
    plugin = plugin_of(address)
    if plugin is None:
        return ServiceAnswer(
            False,
            "is not an address that Apprise knows: write for example"
            " mailtos://user:password@example.com, wecombot://KEY or dingtalk://TOKEN",
        )
    if len(plugin) != 1:
        return ServiceAnswer(False, "does not name one recipient: give each its own --notify")
    if scheme_of(address) in ("http", "https"):
        ours = plugin.apprise_url(address) if isinstance(plugin, Robot) else None
        return ServiceAnswer(True, ours or str(plugin.url()))
    return ServiceAnswer(True, address)
