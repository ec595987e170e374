"""A sample in Chinese: text without spaces."""

from service.demo.history import History, Step, at, put, reword

STORY = History(
    "metro-line-four",
    {
        "title": "临江市地铁四号线将于九月通车",
        "summary": "新线全长28.6公里，设车站19座，连接老城与高铁东站。",
        "overview": [
            "临江市交通局周三宣布，地铁四号线将于9月28日通车试运营。",
            "四号线全长28.6公里，共设19座车站，其中换乘站5座。",
            "交通局表示，票价将与现有线路保持一致，起步价为2元。",
        ],
        "analysis": ["各家媒体的报道均以交通局的公告为依据，对票价的关注多于对工期的关注。"],
        "sources": [
            {"name": "临江日报", "url": "https://daily.example/metro4", "title": "四号线九月通车"},
            {"name": "交通局", "url": "https://transport.example/2026/41"},
        ],
        "faq": [
            {"question": "四号线什么时候通车？", "answer": "计划于9月28日通车试运营。"},
            {"question": "票价是多少？", "answer": "起步价2元，全程最高7元。"},
        ],
    },
    (
        Step(at("2026-07-08T03:20"), "周敏"),
        Step(
            at("2026-07-09T01:05"),
            "周敏",
            (
                reword("其中换乘站5座", "其中换乘站6座"),
                put("overview", "车站内将设置母婴室和无障碍电梯。", 3),
            ),
            "更正换乘站的数目。",
            "correction",
        ),
        Step(
            at("2026-08-30T06:45"),
            "陈立",
            (
                reword("将于9月28日通车试运营。", "将推迟到10月16日通车试运营。"),
                reword("计划于9月28日", "计划于10月16日"),
                put("title", "临江市地铁四号线推迟到十月通车"),
            ),
            "交通局宣布推迟通车。",
        ),
    ),
)
