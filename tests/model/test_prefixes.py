import torch
from transformers import DynamicCache

from clover_chat.model.prefixes import Prefix, PrefixCache


def prefix(atoms: str) -> Prefix:
    cache = DynamicCache()
    keys = torch.arange(len(atoms), dtype=torch.float32)[None, None, :, None]
    cache.update(keys, keys, 0)
    return Prefix(list(atoms), cache)


def test_a_longer_conversation_takes_what_was_read_of_it() -> None:
    prefixes = PrefixCache()
    prefixes.put(prefix("abcdef"))

    taken = prefixes.take(list("abcdefgh"))
    assert taken.atoms == list("abcdef")
    assert taken.cache.get_seq_length() == 6


def test_a_retry_takes_the_prompt_and_leaves_the_old_answer() -> None:
    prefixes = PrefixCache()
    prefixes.put(prefix("question-answer"))

    taken = prefixes.take(list("question-another"))
    assert taken.atoms == list("question-an")
    assert taken.cache.get_seq_length() == len("question-an")


def test_the_last_position_is_always_read_again() -> None:
    prefixes = PrefixCache()
    prefixes.put(prefix("abcd"))

    assert prefixes.take(list("abcd")).atoms == list("abc")


def test_somebody_elses_conversation_is_not_torn_for_a_few_shared_words() -> None:
    prefixes = PrefixCache()
    prefixes.put(prefix("user: a long talk about something else"))

    assert prefixes.take(list("user: hello")).atoms == []
    assert prefixes.take(list("user: a long talk about something else, and more")).atoms != []


def test_one_entry_serves_one_answer_at_a_time() -> None:
    prefixes = PrefixCache()
    prefixes.put(prefix("abcdef"))

    assert prefixes.take(list("abcdefgh")).atoms
    assert not prefixes.take(list("abcdefgh")).atoms


def test_the_oldest_leave_when_the_positions_run_out() -> None:
    prefixes = PrefixCache(max_positions=10)
    prefixes.put(prefix("abcdef"))
    prefixes.put(prefix("uvwxyz"))

    assert not prefixes.take(list("abcdefg")).atoms
    assert prefixes.take(list("uvwxyz!")).atoms
