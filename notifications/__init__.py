"""What goes out to people (通知): letters, notices on the board, pages, hand-outs.

Lowest first: channels, texts, paper, files; outbox, board; letters, handouts; template_check.
Uses `domain`. Knows neither Prefect nor the web.
"""
