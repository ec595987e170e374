"""Scripts that put no spaces between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese."""

UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\U000116d0-\U000116e3\u1780-\u17ff"
    r"\u3005\u3007\u3021-\u3029\u3038-\u303b\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff"
    r"\uff66-\uff6f\uff71-\uff9d\U00016fe2-\U00016ff6\U0001aff0-\U0001b16f\U00020000-\U0003cfff"
)
"""As a range for a regular expression. Among letters and digits it holds exactly those scripts; the
marks between them that fall into their blocks do no harm.
"""
