"""Rows in GDELT 2.0's formats about events that never were."""

from __future__ import annotations

_EVENT = {
    "GlobalEventID": "410412347", "Day": "20150218", "MonthYear": "201502", "Year": "2015", "FractionDate": "2015.1315",
    "Actor1Code": "VNMGOV", "Actor1Name": "HANOI", "Actor1CountryCode": "VNM", "Actor1KnownGroupCode": "",
    "Actor1EthnicCode": "", "Actor1Religion1Code": "", "Actor1Religion2Code": "", "Actor1Type1Code": "GOV",
    "Actor1Type2Code": "", "Actor1Type3Code": "", "Actor2Code": "LAO", "Actor2Name": "LAOS", "Actor2CountryCode": "LAO",
    "Actor2KnownGroupCode": "", "Actor2EthnicCode": "", "Actor2Religion1Code": "", "Actor2Religion2Code": "",
    "Actor2Type1Code": "", "Actor2Type2Code": "", "Actor2Type3Code": "", "IsRootEvent": "1", "EventCode": "057",
    "EventBaseCode": "057", "EventRootCode": "05", "QuadClass": "1", "GoldsteinScale": "8.0", "NumMentions": "4",
    "NumSources": "2", "NumArticles": "4", "AvgTone": "2.41935483870968", "Actor1Geo_Type": "4",
    "Actor1Geo_FullName": "Hanoi, Ha Noi, Vietnam", "Actor1Geo_CountryCode": "VM", "Actor1Geo_ADM1Code": "VM44",
    "Actor1Geo_ADM2Code": "20441", "Actor1Geo_Lat": "21.0333", "Actor1Geo_Long": "105.85",
    "Actor1Geo_FeatureID": "-3714993", "Actor2Geo_Type": "1", "Actor2Geo_FullName": "Laos",
    "Actor2Geo_CountryCode": "LA", "Actor2Geo_ADM1Code": "LA", "Actor2Geo_ADM2Code": "", "Actor2Geo_Lat": "18",
    "Actor2Geo_Long": "105", "Actor2Geo_FeatureID": "LA", "ActionGeo_Type": "4",
    "ActionGeo_FullName": "Hanoi, Ha Noi, Vietnam", "ActionGeo_CountryCode": "VM", "ActionGeo_ADM1Code": "VM44",
    "ActionGeo_ADM2Code": "20441", "ActionGeo_Lat": "21.0333", "ActionGeo_Long": "105.85",
    "ActionGeo_FeatureID": "-3714993", "DATEADDED": "20150218231500",
    "SOURCEURL": "https://paper.example/hanoi-vientiane-rail-accord?utm_source=feed",
}  # fmt: skip
_MENTION = {
    "GlobalEventID": "410412347", "EventTimeDate": "20150218231500", "MentionTimeDate": "20150219004500",
    "MentionType": "1", "MentionSourceName": "courier.example", "MentionIdentifier": "https://courier.example/rail",
    "SentenceID": "3", "Actor1CharOffset": "1201", "Actor2CharOffset": "1240", "ActionCharOffset": "1222",
    "InRawText": "1", "Confidence": "70", "MentionDocLen": "3042", "MentionDocTone": "1.85",
    "MentionDocTranslationInfo": "", "Extras": "",
}  # fmt: skip
_ARTICLE = {
    "GKGRECORDID": "20150218231500-17", "V2.1DATE": "20150218231500", "V2SOURCECOLLECTIONIDENTIFIER": "1",
    "V2SOURCECOMMONNAME": "paper.example", "V2DOCUMENTIDENTIFIER": "https://paper.example/hanoi-vientiane-rail-accord",
    "V1COUNTS": "", "V2.1COUNTS": "", "V1THEMES": "TRANSPORT;GOV_AGREEMENT;",
    "V2ENHANCEDTHEMES": "TRANSPORT,310;GOV_AGREEMENT,52;TRANSPORT,902;",
    "V1LOCATIONS": "1#Laos#LA#LA#18#105#LA",
    "V2ENHANCEDLOCATIONS": "1#Laos#LA#LA##18#105#LA#40;"
                           "4#Hanoi, Ha Noi, Vietnam#VM#VM44#20441#21.0333#105.85#-3714993#12;"
                           "1#Laos#LA#LA##18#105#LA#340",
    "V1PERSONS": "a minister", "V2ENHANCEDPERSONS": "An Example Minister,88;Second Person,410",
    "V1ORGANIZATIONS": "", "V2ENHANCEDORGANIZATIONS": "Rail Board,133", "V1.5TONE": "1.2,3.1,1.9,5.0,20.1,0.4,412",
    "V2.1ENHANCEDDATES": "", "V2GCAM": "wc:412,c1.1:3", "V2.1SHARINGIMAGE": "", "V2.1RELATEDIMAGES": "",
    "V2.1SOCIALIMAGEEMBEDS": "", "V2.1SOCIALVIDEOEMBEDS": "",
    "V2.1QUOTATIONS": "120|31|said|the line will open | in two years#600|12|added|work begins",
    "V2.1ALLNAMES": "", "V2.1AMOUNTS": "", "V2.1TRANSLATIONINFO": "",
    "V2EXTRASXML": "<PAGE_PRECISEPUBTIMESTAMP>20150218213000</PAGE_PRECISEPUBTIMESTAMP>"
                   "<PAGE_TITLE>Hanoi &amp; Vientiane sign a rail accord</PAGE_TITLE>",
}  # fmt: skip


def event(**values: str) -> str:
    """A row of ``export.CSV``: 61 columns."""
    return _row(_EVENT, values)


def mention(**values: str) -> str:
    """A row of ``mentions.CSV``: 16 columns."""
    return _row(_MENTION, values)


def article(**values: str) -> str:
    """A row of ``gkg.csv``: 27 columns; a name is given without what comes before its first letter (``THEMES``)."""
    return _row(
        _ARTICLE, {next(name for name in _ARTICLE if name.endswith(key)): value for key, value in values.items()}
    )


def _row(defaults: dict[str, str], values: dict[str, str]) -> str:
    assert values.keys() <= defaults.keys(), values.keys() - defaults.keys()
    return "\t".join({**defaults, **values}.values())
