"""The steps of the review cycle (办理步骤): what each of them does, with all that follows from it.

Uses everything below but `worked` and `cards`. Which steps there are and when they fall due says
`domain.cycle.catalogue`; flows, the command line, rehearsals and worked years do them by `acts`.
"""
