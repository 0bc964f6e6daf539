"""Models trained from recordings, for people with the extra `train`; no code that serves imports this.

rows.py       a recording → features, what came after them, and what naive predictors say
split.py      which rows learn and which judge: by time, with a gap
reference.py  what is usual in a recording
judging.py    how well a predictor ranks
volatility.py the model of `volatility`: fitted, judged, written as ONNX
"""
