"""How a note tells readers of a change, in each language that has phrases.

They are neutral: that an earlier version said something else, and what is so now. Outside English a
value stands in quotation marks, as in the text, so that no case, gender or number has to agree.
"""

from collections.abc import Mapping
from typing import NamedTuple

from service.diffing import FactKind


class Phrases(NamedTuple):
    """`lead` begins the first sentence, `also` the second; the rest of either is one of the other
    phrases, with `{old}` and `{new}`. `overview` names `{kinds}`, each counted with the singular
    or the plural of `nouns`. `magnitudes` and `units`: what follows a number, with what joins the
    two.
    """

    lead: str
    also: str
    value: str
    words: str
    order: str
    name: str
    quotation: str
    left_out: str
    negated: str
    extra: str
    unattributed: str
    address: str
    picture: str
    source: str
    headline: str
    overview: str
    nouns: Mapping[FactKind, tuple[str, str]]
    magnitudes: str
    units: str
    joint: str = ""


def _nouns(text: str) -> dict[FactKind, tuple[str, str]]:
    """From a line for all kinds, each as `singular/plural`."""
    pairs = [each.strip().split("/") for each in text.split(",")]
    return {kind: (one, many) for kind, (one, many) in zip(_COUNTED, pairs, strict=True)}


_COUNTED = (
    FactKind.NUMBER,
    FactKind.DATE,
    FactKind.TIME,
    FactKind.QUOTATION,
    FactKind.NAME,
    FactKind.NEGATION,
    FactKind.ATTRIBUTION,
    FactKind.ORDER,
    FactKind.SOURCE,
    FactKind.HEADLINE,
)

PHRASES: Mapping[str, Phrases] = {
    "en": Phrases(
        lead="An earlier version of this story",
        also="It also",
        value="said {old}; it is {new}",
        words="said “{old}”; it now says “{new}”",
        order="had {old} and {new} the wrong way round",
        name="gave the name as {old}; it is {new}",
        quotation="gave a quotation as “{old}”; the words were “{new}”",
        left_out="left out the word “{new}”",
        negated="left out a negation; it now says “{new}”",
        extra="said “{old}” where it should not have",
        unattributed="did not attribute a statement; it now says “{new}”",
        address="gave the address {old}; it is {new}",
        picture="showed another image",
        source="named the source as {old}; it is {new}",
        headline="had the headline “{old}”; it is now “{new}”",
        overview="Changes from an earlier version of this story: {kinds}",
        nouns=_nouns(
            "number/numbers, date/dates, time of day/times of day, quotation/quotations,"
            " name/names, negation/negations, attribution/attributions, mix-up/mix-ups, source or"
            " link/sources or links, headline/headlines"
        ),
        magnitudes="hundred thousand million billion trillion crore lakh dozen",
        units="people men women children passengers residents workers students patients homes"
        " houses seats votes jobs deaths trains buses",
    ),
    "de": Phrases(
        lead="In einer früheren Fassung dieses Artikels",
        also="Außerdem",
        value="hieß es „{old}“; richtig ist „{new}“",
        words="hieß es „{old}“; jetzt heißt es „{new}“",
        order="waren „{old}“ und „{new}“ vertauscht",
        name="wurde der Name „{old}“ genannt; richtig ist „{new}“",
        quotation="wurde ein Zitat mit den Worten „{old}“ wiedergegeben; der Wortlaut ist „{new}“",
        left_out="fehlte das Wort „{new}“",
        negated="fehlte eine Verneinung; jetzt heißt es „{new}“",
        extra="stand irrtümlich „{old}“",
        unattributed="fehlte die Zuschreibung einer Aussage; jetzt heißt es „{new}“",
        address="war die Adresse {old} angegeben; richtig ist {new}",
        picture="war ein anderes Bild zu sehen",
        source="war als Quelle „{old}“ angegeben; richtig ist „{new}“",
        headline="lautete die Überschrift „{old}“; jetzt lautet sie „{new}“",
        overview="Änderungen gegenüber einer früheren Fassung dieses Artikels: {kinds}",
        nouns=_nouns(
            "Zahl/Zahlen, Datum/Daten, Uhrzeit/Uhrzeiten, Zitat/Zitate, Name/Namen,"
            " Verneinung/Verneinungen, Zuschreibung/Zuschreibungen, Vertauschung/Vertauschungen,"
            " Quelle oder Link/Quellen oder Links, Überschrift/Überschriften"
        ),
        magnitudes="Hundert Tausend Million Millionen Milliarde Milliarden Billionen Mio. Mrd.",
        units="Euro Dollar Franken Kronen Prozent Prozentpunkte Menschen Personen Stimmen Sitze"
        " Kilometer Meter Tonnen Jahre Tage Stunden Minuten",
    ),
    "fr": Phrases(
        lead="Une version précédente de cet article",
        also="De plus, elle",
        value="indiquait « {old} » au lieu de « {new} »",
        words="disait « {old} » ; on lit désormais « {new} »",
        order="inversait « {old} » et « {new} »",
        name="donnait le nom « {old} » au lieu de « {new} »",
        quotation="citait les mots « {old} » au lieu de « {new} »",
        left_out="omettait le mot « {new} »",
        negated="omettait une négation ; on lit désormais « {new} »",
        extra="contenait par erreur « {old} »",
        unattributed="n’attribuait pas une déclaration ; on lit désormais « {new} »",
        address="donnait l’adresse {old} au lieu de {new}",
        picture="montrait une autre image",
        source="citait la source « {old} » au lieu de « {new} »",
        headline="avait pour titre « {old} » ; le titre est désormais « {new} »",
        overview="Changements par rapport à une version précédente de cet article : {kinds}",
        nouns=_nouns(
            "nombre/nombres, date/dates, heure/heures, citation/citations, nom/noms,"
            " négation/négations, attribution/attributions, inversion/inversions, source ou"
            " lien/sources ou liens, titre/titres"
        ),
        magnitudes="mille million millions milliard milliards",
        units="euro euros dollar dollars francs couronnes personnes habitants voix sièges"
        " kilomètres mètres tonnes ans jours heures minutes",
        joint="de |d'|d’",
    ),
    "es": Phrases(
        lead="Una versión anterior de este artículo",
        also="También",
        value="decía «{old}»; lo correcto es «{new}»",
        words="decía «{old}»; ahora dice «{new}»",
        order="intercambiaba «{old}» y «{new}»",
        name="daba el nombre «{old}»; el correcto es «{new}»",
        quotation="recogía la cita «{old}»; las palabras fueron «{new}»",
        left_out="omitía la palabra «{new}»",
        negated="omitía una negación; ahora dice «{new}»",
        extra="decía por error «{old}»",
        unattributed="no atribuía una declaración; ahora dice «{new}»",
        address="daba la dirección {old}; la correcta es {new}",
        picture="mostraba otra imagen",
        source="citaba la fuente «{old}»; la correcta es «{new}»",
        headline="llevaba el titular «{old}»; ahora es «{new}»",
        overview="Cambios respecto a una versión anterior de este artículo: {kinds}",
        nouns=_nouns(
            "cifra/cifras, fecha/fechas, hora/horas, cita/citas, nombre/nombres,"
            " negación/negaciones, atribución/atribuciones, intercambio de datos/intercambios de"
            " datos, fuente o enlace/fuentes o enlaces, titular/titulares"
        ),
        magnitudes="mil millón millones billón billones",
        units="euro euros dólares pesos coronas personas habitantes votos escaños kilómetros"
        " metros toneladas años días horas minutos",
        joint="de ",
    ),
    "nl": Phrases(
        lead="In een eerdere versie van dit artikel",
        also="Daarnaast",
        value="stond ‘{old}’; dat moet ‘{new}’ zijn",
        words="stond ‘{old}’; nu staat er ‘{new}’",
        order="waren ‘{old}’ en ‘{new}’ verwisseld",
        name="stond de naam ‘{old}’; dat moet ‘{new}’ zijn",
        quotation="luidde een citaat ‘{old}’; de woorden waren ‘{new}’",
        left_out="ontbrak het woord ‘{new}’",
        negated="ontbrak een ontkenning; nu staat er ‘{new}’",
        extra="stond ten onrechte ‘{old}’",
        unattributed="was een uitspraak niet toegeschreven; nu staat er ‘{new}’",
        address="stond het adres {old}; dat moet {new} zijn",
        picture="stond een andere foto",
        source="stond als bron ‘{old}’; dat moet ‘{new}’ zijn",
        headline="luidde de kop ‘{old}’; die luidt nu ‘{new}’",
        overview="Wijzigingen ten opzichte van een eerdere versie van dit artikel: {kinds}",
        nouns=_nouns(
            "getal/getallen, datum/data, tijdstip/tijdstippen, citaat/citaten, naam/namen,"
            " ontkenning/ontkenningen, toeschrijving/toeschrijvingen, verwisseling/verwisselingen,"
            " bron of link/bronnen of links, kop/koppen"
        ),
        magnitudes="honderd duizend miljoen miljard biljoen",
        units="euro dollar kronen procent procentpunten mensen personen inwoners stemmen zetels"
        " kilometer meter ton jaar dagen uur minuten",
    ),
    "sv": Phrases(
        lead="I en tidigare version av artikeln",
        also="Dessutom",
        value="stod det ”{old}”; rätt är ”{new}”",
        words="stod det ”{old}”; nu står det ”{new}”",
        order="hade ”{old}” och ”{new}” förväxlats",
        name="angavs namnet ”{old}”; rätt namn är ”{new}”",
        quotation="återgavs ett citat som ”{old}”; orden var ”{new}”",
        left_out="saknades ordet ”{new}”",
        negated="saknades en negation; nu står det ”{new}”",
        extra="stod det felaktigt ”{old}”",
        unattributed="saknades källan till ett uttalande; nu står det ”{new}”",
        address="angavs adressen {old}; rätt adress är {new}",
        picture="visades en annan bild",
        source="angavs källan ”{old}”; rätt källa är ”{new}”",
        headline="var rubriken ”{old}”; nu är den ”{new}”",
        overview="Ändringar jämfört med en tidigare version av artikeln: {kinds}",
        nouns=_nouns(
            "siffra/siffror, datum/datum, klockslag/klockslag, citat/citat, namn/namn,"
            " negation/negationer, källhänvisning/källhänvisningar, förväxling/förväxlingar, källa"
            " eller länk/källor eller länkar, rubrik/rubriker"
        ),
        magnitudes="hundra tusen miljon miljoner miljard miljarder biljoner",
        units="euro dollar kronor procent procentenheter personer människor invånare röster"
        " mandat kilometer meter ton år dagar timmar minuter",
    ),
    "da": Phrases(
        lead="I en tidligere version af denne artikel",
        also="Desuden",
        value="stod der ”{old}”; det rigtige er ”{new}”",
        words="stod der ”{old}”; nu står der ”{new}”",
        order="var ”{old}” og ”{new}” byttet om",
        name="var navnet angivet som ”{old}”; det rigtige navn er ”{new}”",
        quotation="var et citat gengivet som ”{old}”; ordene var ”{new}”",
        left_out="manglede ordet ”{new}”",
        negated="manglede en nægtelse; nu står der ”{new}”",
        extra="stod der ved en fejl ”{old}”",
        unattributed="manglede kilden til en udtalelse; nu står der ”{new}”",
        address="var adressen angivet som {old}; den rigtige adresse er {new}",
        picture="var der et andet billede",
        source="var kilden angivet som ”{old}”; den rigtige kilde er ”{new}”",
        headline="var overskriften ”{old}”; nu er den ”{new}”",
        overview="Ændringer i forhold til en tidligere version af denne artikel: {kinds}",
        nouns=_nouns(
            "tal/tal, dato/datoer, klokkeslæt/klokkeslæt, citat/citater, navn/navne,"
            " nægtelse/nægtelser, kildehenvisning/kildehenvisninger, ombytning/ombytninger, kilde"
            " eller link/kilder eller links, overskrift/overskrifter"
        ),
        magnitudes="hundrede tusind million millioner milliard milliarder",
        units="euro dollar kroner procent procentpoint personer mennesker indbyggere stemmer"
        " mandater kilometer meter ton år dage timer minutter",
    ),
    "nb": Phrases(
        lead="I en tidligere versjon av denne saken",
        also="Dessuten",
        value="sto det «{old}»; det riktige er «{new}»",
        words="sto det «{old}»; nå står det «{new}»",
        order="var «{old}» og «{new}» byttet om",
        name="var navnet oppgitt som «{old}»; riktig navn er «{new}»",
        quotation="var et sitat gjengitt som «{old}»; ordene var «{new}»",
        left_out="manglet ordet «{new}»",
        negated="manglet en nektelse; nå står det «{new}»",
        extra="sto det ved en feil «{old}»",
        unattributed="manglet kilden til en uttalelse; nå står det «{new}»",
        address="var adressen oppgitt som {old}; riktig adresse er {new}",
        picture="var det et annet bilde",
        source="var kilden oppgitt som «{old}»; riktig kilde er «{new}»",
        headline="var tittelen «{old}»; nå er den «{new}»",
        overview="Endringer fra en tidligere versjon av denne saken: {kinds}",
        nouns=_nouns(
            "tall/tall, dato/datoer, klokkeslett/klokkeslett, sitat/sitater, navn/navn,"
            " nektelse/nektelser, kildehenvisning/kildehenvisninger, ombytting/ombyttinger, kilde"
            " eller lenke/kilder eller lenker, tittel/titler"
        ),
        magnitudes="hundre tusen million millioner milliard milliarder",
        units="euro dollar kroner prosent prosentpoeng personer mennesker innbyggere stemmer"
        " mandater kilometer meter tonn år dager timer minutter",
    ),
}
"""By language, as BCP 47 tags."""
