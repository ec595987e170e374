"""English words by what they tell about the facts around them: one look-up a word."""

from collections.abc import Mapping


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


NEGATIONS = _listed(
    "not never no none nobody nothing neither nor without cannot nicht kein keine keinen keinem"
    " keiner nie niemals jamais nunca niet geen inte ikke не нет"
)
"""The shortened ones (didn't) aren't listed; other languages' only where no other word is alike."""

OF_A_FILE = r"(?:\b|\d)(?:PDF|[kKMG]i?B)\b"
"""What shows that parentheses are about a file, such as (PDF, 1.2 MB, 18 pages)."""
SAID_BEFORE = (
    r"\b(?:(?:earlier|previous|former|original) (?:version|edition|figure|estimate|report)"
    r"|(?:initially|originally|at first)\b|(?:first|earlier|previously) (?:said|put|gave|reported)"
    r"|frühere[nr]? (?:Fassung|Version)|zunächst\b|versions? (?:antérieure|précédente)"
    r"|versión anterior|eerdere versie|tidigare version"
    r"|tidligere (?:version|versjon|udgave|utgave))"
)
"""What shows that a sentence tells what was said before."""
CORRECTION_NOTE = (
    r"\W*(?:correction|corrections|clarification|editor['’]s note|korrektur|rectificatif|corrección"
    r"|rectificatie|rättelse|rettelse)\b\W"
)
"""What shows, at its beginning, that a paragraph is a note on a correction."""
NEGATIVE_PREFIXES = ("in", "un", "im", "il", "ir", "dis", "non", "non-")
_SAYING = {
    "say": "say says said saying",
    "tell": "tell tells told telling",
    "claim": "claim claims claimed claiming",
    "allege": "allege alleges alleged alleging allegedly",
    "report": "reportedly",
    "state": "stated",
    "deny": "deny denies denied denying",
    "confirm": "confirms confirmed confirming",
    "announce": "announces announced announcing",
    "warn": "warns warned warning",
    "insist": "insists insisted insisting",
    "acknowledge": "acknowledges acknowledged",
    "admit": "admits admitted",
    "argue": "argues argued",
    "write": "wrote",
    "according": "according",
    "suggest": "suggested",
    "wonder": "wondered",
    "add": "added",
    "ask": "asked",
    "explain": "explained",
    "accuse": "accuses accused",
    "purport": "purportedly",
    "suppose": "supposedly",
    "believe": "believed",
}
SAYING: Mapping[str, str] = {
    form: lemma for lemma, forms in _SAYING.items() for form in forms.split()
}
"""Words that ascribe a statement to somebody, with the verb they are forms of."""
OF_A_PERSON = _listed("did does was is has had will would won lost left beat")
"""Words after a name at the beginning of a sentence."""
SPEAKERS = _listed("he she they i we it who")

FUNCTION = _listed(
    "the a an this that these those it its he she they we you i in on at by for from with to of"
    " and but or nor so if when while where what who whom whose which why how as after before"
    " since until although though because however meanwhile also there here his her their our my"
    " your not no yes some many most all both each every other another such let could would should"
    " might must do does did is are was were be been being has have had now then under over during"
    " between about than more less only even just still instead again once up down out off into"
    " onto upon within without through throughout against among across behind beyond despite"
    " except like near per regarding toward towards via whether yet either neither none nobody"
    " nothing anyone anything everyone everything someone something same few several much any own"
    " too very"
)
"""Words that no name begins with."""
COMMON = FUNCTION | _listed(
    "one two three four five six seven eight nine ten first second third please see note can will"
    " may today yesterday tomorrow tonight ever never always often soon later earlier well back"
    " away around along nearly almost perhaps maybe indeed thus therefore hence otherwise moreover"
    " furthermore additionally finally next last new old use using used get got make made take"
    " seen find found go come came keep know think want need try start help learn read write ask"
    " join run build create add remove check click visit contact call email follow share show give"
    " provide include includes including ensure consider remember avoid choose select open close"
    " save set put tell say says said don didn doesn isn aren wasn weren won couldn wouldn shouldn"
    " hasn haven hadn ain lets welcome thanks thank hello dear okay ok sure today's what's it's"
    " that's there's here's we're you're they're i'm he's she's i've we've you've they've i'll"
    " we'll you'll they'll"
)
"""Words that begin sentences, and are no part of a name there."""

ROLES = _listed(
    "strategist mr mrs ms miss dr prof professor sir lord lady dame president vice minister prime"
    " secretary chancellor governor mayor senator representative congressman congresswoman mp"
    " chief executive officer director deputy acting assistant associate commissioner"
    " administrator manager chair chairman chairwoman chairperson head lead leader founder co-"
    " coordinator specialist engineer analyst designer developer editor reporter correspondent"
    " spokesman spokeswoman spokesperson judge justice general colonel col captain ceo cto cfo coo"
    " cio lieutenant lt major sergeant sgt king queen prince princess pope moderator panelist"
    " panelists speaker speakers presenter host guest author fellow senior junior"
)
"""Titles and offices, which stand before a name and are no part of it."""

OFFICES = ROLES & _listed(
    "strategist lead leader president minister secretary chancellor governor mayor senator"
    " executive officer director deputy assistant associate commissioner administrator manager"
    " chair chairman chairwoman chairperson founder co-founder coordinator specialist engineer"
    " analyst designer developer editor reporter correspondent spokesman spokeswoman spokesperson"
    " moderator panelist panelists fellow"
)
"""Those that end the title of a job: Knowledge Manager."""
GENERIC = ROLES | _listed(
    "american european british african asian powerpoint ppt usability presenters call ux ui cx"
    " tld tos ict ugc ssl https http dns sql cms crm seo related podcast podcasts score scores"
    " total average word beta alpha foundation center centre institute council university bank"
    " court committee commission association board group company corporation inc ltd school"
    " college hospital museum library party union league club fund mobile social media chat chats"
    " case study experience design customer open source artificial intelligence machine learning"
    " inter-agency program programme programs update updates guidance guide guideline guidelines"
    " goal goals community communities page pages post posts document documents report reports"
    " memo memorandum section sections part chapter table figure figures appendix annex item step"
    " steps phase category level session sessions event events webinar workshop series episode"
    " fiscal year spring summer autumn fall winter header headers heading headings title titles"
    " summary overview introduction conclusion background resources resource tool tools toolkit"
    " tips tip example examples question questions answer answers faq website site sites web blog"
    " email link links image images video videos photo photos file files pdf doc docx xls xlsx"
    " pptx csv html xml json jpg jpeg png gif svg zip mp3 mp4 txt rss url api faqs pr pdfs team"
    " teams agency agencies department dept office bureau ministry federal government public"
    " policy policies plan plans project projects product products service services user users"
    " data content digital information technology management panel et est edt ct cst cdt mt mst"
    " mdt pt pst pdt gmt utc bst cet cest am pm north south east west northern southern eastern"
    " western central photograph copyright updated published correction editor's"
)
"""Words that are no name by themselves: offices, parts of a document, file formats, time zones."""

JOINERS = _listed("of the for and de la du von van der den bin al del di da & y e en")
"""Words in small letters that a name may have inside."""
