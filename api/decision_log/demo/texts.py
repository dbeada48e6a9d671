"""The words of the demo world: message templates of a small golf-coaching business.

A message is a greeting, a body, a clause that says how serious the sender is, and a closing. Names
in braces are slots; each is filled with one entry of `SLOTS`.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random


class Signal(Enum):
    """How serious a message sounds; in the demo world it moves the chance of a win."""

    HOT = "hot"
    PLAIN = "plain"
    COOL = "cool"


SLOTS: dict[str, tuple[str, ...]] = {
    "club": ("driver", "3-wood", "7-iron", "hybrid", "wedge", "putter", "long irons", "5-wood"),
    "fault": ("slice", "hook", "shank", "pull", "chunked chips", "three-putts", "yips"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "event": (
        "the club championship", "our member-guest", "a charity scramble", "the county trials",
        "my first tournament", "a trip to Scotland", "the company golf day", "the winter league",
    ),
    "handicap": ("4", "9", "12", "15", "18", "21", "24", "28", "36"),
    "age": ("8", "11", "13", "14", "16", "17"),
    "budget": ("$150", "$200", "$250", "$300", "$400", "$500", "$600", "$800"),
    "deal": ("$1,500", "$2,000", "$2,500", "$3,000", "$4,000", "$5,000"),
    "weeks": ("two", "three", "four", "six", "eight", "ten"),
    "years": ("two", "three", "five", "eight", "ten", "twenty"),
    "people": ("6", "8", "10", "12", "16", "20", "24"),
    "show": (
        "Fairway Talk", "The Back Nine", "Scratch Stories", "Tee Time Radio", "The Short Game",
        "Birdie Business", "Links and Life", "Up and Down",
    ),
    "brand": (
        "Northlinks", "Dunes & Co", "Parline", "Oakridge Golf", "Sandbelt Supply", "TrueRoll",
        "Ironwood", "Greenside Apparel",
    ),
    "audience": ("3,000", "5,500", "8,000", "12,000", "20,000", "45,000"),
    "screen": (
        "swing upload", "lesson calendar", "progress chart", "login page", "drill library",
        "video player", "score import", "payment page",
    ),
    "device": ("iPhone 13", "iPhone 15", "Pixel 8", "Galaxy S23", "iPad", "old Android phone"),
    "plan": ("monthly", "yearly", "starter", "pro", "family"),
    "count": ("3", "4", "6", "9", "11", "14", "17", "23"),
}  # fmt: skip

GREETINGS: tuple[str, ...] = (
    "", "", "", "Hi! ", "Hello, ", "Hey coach, ", "Good morning. ", "Hi there, ", "Quick one: ",
)  # fmt: skip
CLOSINGS: tuple[str, ...] = (
    "", "", "", " Thanks!", " Thank you.", " Cheers.", " Best regards.", " Looking forward to it.",
)  # fmt: skip

BODIES: dict[str, tuple[str, ...]] = {
    "golf_coaching": (
        "My {fault} is back and I have {event} coming up.",
        "Can you help me fix my {fault}? I play off {handicap}.",
        "I lose all my distance with the {club}. Do you do single lessons?",
        "Is there a lesson free on {day}? My {club} has left me.",
        "Playing off {handicap} for {years} years and stuck. What would you do first?",
        "My {age}-year-old wants lessons. Do you teach juniors on {day}?",
        "Saw your video about the {fault}. That is exactly my problem with the {club}.",
        "What does an hour with video analysis cost? It is about my {club}.",
        "Two of us (handicaps {handicap} and 20) would share a lesson on {day}.",
        "I get the {fault} under pressure, never on the range.",
    ),
    "coaching": (
        "I am looking for a coach for {weeks} weeks before {event}.",
        "Do you run a plan for players off {handicap} who can train twice a week?",
        "Do you coach remotely? I would send swings every {day}.",
        "I want to get from {handicap} to single figures this season.",
        "My last coach moved away. I need somebody for the {club} and the mental side.",
        "What is in the {weeks}-week programme, and can I start on a {day}?",
        "My daughter ({age}) plays for the county and needs a long-term coach.",
        "We are a group of {people} seniors and would like a weekly clinic on {day}s.",
        "After {years} years without golf I want to start again properly.",
    ),
    "partnership": (
        "We run {show} ({audience} listeners) and would like you as a guest.",
        "{brand} is looking for a coach to show our {club} range.",
        "Our club has {people} coaching hours a month to fill. Would you take them?",
        "Would you write a column about the {fault} for our {audience} readers?",
        "{brand} sponsors {event}. We would like you on the tee as our coach.",
        "Could we bundle your {weeks}-week programme with our simulator hours?",
        "I host {show} and think a swap with your newsletter would suit both.",
        "Corporate clinic for {people} people before {event}: do you do that?",
        "{brand} pays a commission on every {club} sold through coaches.",
    ),
    "product_feedback": (
        "The {screen} crashes on my {device}.",
        "Love the app. The {screen} could use a dark mode.",
        "Since the update the {screen} takes {count} seconds to load.",
        "Five stars! The {screen} fixed my {fault}.",
        "How do I move from the {plan} plan to another one?",
        "Why does the {screen} show my handicap as {handicap}? It is wrong.",
        "Could the {screen} export to a spreadsheet? I have {count} months in there.",
        "Was charged twice for the {plan} plan.",
        "The {screen} on my {device} cuts off the {club} video.",
        "Renewal notice for the {plan} plan after {count} months: which card do you have?",
    ),
}

CLAUSES: dict[str, dict[Signal, tuple[str, ...]]] = {
    "golf_coaching": {
        Signal.HOT: (
            " I can pay {budget} and need it before {day}.",
            " My budget is {budget}. Can I book this week?",
            " It is urgent: I tee off on {day}.",
            " Ready to book today, {budget} is fine.",
        ),
        Signal.PLAIN: ("", " I am free on {day}.", " I practise twice a week."),
        Signal.COOL: (
            " Just curious for now.",
            " No hurry, maybe next year.",
            " Any free tips?",
            " Only comparing prices at the moment.",
        ),
    },
    "coaching": {
        Signal.HOT: (
            " I have {budget} a month set aside and want to start now.",
            " Please send the contract, my budget is {budget}.",
            " It is urgent, the season starts in {weeks} weeks.",
            " I am ready to start on {day}.",
        ),
        Signal.PLAIN: ("", " I live twenty minutes away.", " A friend recommended you."),
        Signal.COOL: (
            " Just looking around for now.",
            " Perhaps later this year.",
            " Do you have anything for free?",
            " It sounds expensive to me.",
        ),
    },
    "partnership": {
        Signal.HOT: (
            " We have a budget of {deal} and decide this month.",
            " The contract is ready, {deal} plus expenses.",
            " It is urgent, the campaign starts in {weeks} weeks.",
        ),
        Signal.PLAIN: ("", " Our media kit is attached.", " Is there a call slot on {day}?"),
        Signal.COOL: (
            " There is no budget, but plenty of exposure.",
            " Only an early idea so far.",
            " Perhaps for next season.",
        ),
    },
    "product_feedback": {
        Signal.HOT: (
            " I would pay for the {plan} plan if this worked.",
            " I need it fixed before I upgrade to the {plan} plan today.",
            " Please upgrade me to the {plan} plan now.",
        ),
        Signal.PLAIN: ("", " It started on {day}.", " Otherwise all good."),
        Signal.COOL: (
            " Thinking of leaving.",
            " I only use the free version.",
            " Just so you know.",
        ),
    },
}

ACTIONS: dict[str, tuple[str, ...]] = {
    "golf_coaching": ("Replied with offer", "Sent price list", "Offered a trial lesson"),
    "coaching": ("Replied with offer", "Scheduled call", "Sent programme outline"),
    "partnership": ("Scheduled call", "Sent proposal", "Asked for details"),
    "product_feedback": ("Sent thank you", "Answered question", "Passed on to support"),
}

FIRST_NAMES: tuple[str, ...] = (
    "Anna", "Ben", "Carla", "Dev", "Elena", "Femi", "Grace", "Hiro", "Ines", "Jonas", "Kate",
    "Luis", "Mina", "Noah", "Olga", "Priya", "Quinn", "Rosa", "Sam", "Tariq", "Uma", "Viktor",
    "Wen", "Yara",
)  # fmt: skip
LAST_NAMES: tuple[str, ...] = (
    "Adler", "Brooks", "Cruz", "Dietz", "Egan", "Fox", "Gupta", "Hale", "Ito", "Jensen", "Khan",
    "Lopez", "Moore", "Nagy", "Okafor", "Park", "Reid", "Silva", "Tanaka", "Weiss",
)  # fmt: skip


def write_message(kind: str, signal: Signal, rng: random.Random) -> str:
    """Write one message of a type, as serious as ``signal`` says.

    Examples
    --------
    >>> from random import Random
    >>> write_message("golf_coaching", Signal.HOT, Random(3))
    'Is there a lesson free on Thursday? ... My budget is $400. Can I book this week?'
    """
    template = rng.choice(BODIES[kind]) + rng.choice(CLAUSES[kind][signal])
    fillings = {name: rng.choice(choices) for name, choices in SLOTS.items()}
    return rng.choice(GREETINGS) + template.format(**fillings) + rng.choice(CLOSINGS)
