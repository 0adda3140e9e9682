"""The channels that messages go out on (渠道): Apprise, and plugins of ours where it is gullible.

`addresses` knows what an address (an Apprise URL) is without loading Apprise; `robots` are our
plugins, `answers` how they read a service's answer. Sending is done by `courier`, a process of
its own, which `couriers` starts: only so has a message a bounded time, whatever it meets.
"""
