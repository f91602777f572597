"""Asking from Steward's own box: only what is allowed, bounded, masked, and one mistake costs one question."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from steward.adapters.outside.ports import PortAsker, PortSettings
from steward.core import outside as module
from steward.core.outside import Outside
from steward.lib.redact import Redactor
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.outside import MOST_QUESTIONS, OutsideRules
from steward.model.question import (
    Answer,
    CertificateAnswer,
    CertificateQuestion,
    PortAnswer,
    PortQuestion,
    Question,
    Reach,
    ServedCertificate,
    TagsQuestion,
)
from tests.suites.executors import serving

NAS = Machine(id=MachineId("m-1"), name="nas", address="192.168.7.5")


class Keeper:
    """Answers every question, in its own way, and remembers how many were on the way at once."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.at_once = self.most_at_once = 0

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            return await self.answer(question)
        finally:
            self.at_once -= 1

    async def answer(self, question: Question) -> Answer:
        assert isinstance(question, PortQuestion)
        return PortAnswer(question=question, reach=Reach.REACHED)


def port(number: int, host: str = "192.168.7.5") -> PortQuestion:
    return PortQuestion(host=host, port=number)


def looking(keeper: Keeper, redactor: Redactor | None = None) -> Outside:
    askers = {PortQuestion: keeper, CertificateQuestion: keeper, TagsQuestion: keeper}
    return Outside(askers=askers, rules=OutsideRules, redact=(redactor or Redactor()).text)


async def test_what_may_not_be_asked_never_reaches_anybody() -> None:
    keeper = Keeper()
    strange = (port(80, "192.168.7.6"), port(9100), TagsQuestion(registry="docker.io", repository="a", tag="1"))
    assert set(await looking(keeper).ask(NAS, (port(80), *strange))) == {port(80)}
    assert keeper.asked == [port(80)]


async def test_questions_are_bounded_each_is_asked_once_and_few_at_a_time() -> None:
    keeper = Keeper()
    many = [port(number) for number in range(1, MOST_QUESTIONS + 50)]
    answers = await looking(keeper).ask(NAS, many + many)
    assert list(answers) == many[:MOST_QUESTIONS]
    assert len(keeper.asked) == MOST_QUESTIONS
    assert keeper.most_at_once == module._AT_ONCE


async def test_one_who_breaks_down_costs_one_question(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Keeper):
        async def answer(self, question: Question) -> Answer:
            if question == port(81):
                raise KeyError("a mistake")
            return await super().answer(question)

    assert set(await looking(Broken()).ask(NAS, (port(80), port(81), port(82)))) == {port(80), port(82)}
    assert "PortQuestion about nas broke down" in caplog.text


async def test_what_has_no_answer_in_time_is_left_out_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Slow(Keeper):
        async def answer(self, question: Question) -> Answer:
            if question == port(81):
                await asyncio.Event().wait()
            return await super().answer(question)

    monkeypatch.setattr(module, "_SECONDS", 0.1)
    keeper = Slow()
    assert set(await looking(keeper).ask(NAS, (port(80), port(81)))) == {port(80)}
    assert keeper.at_once == 0


async def test_every_text_is_masked_and_visible_but_what_is_compared_stays_exact() -> None:
    serial, digest = "04" * 16, datetime(2026, 11, 1, tzinfo=UTC)

    class Leaky(Keeper):
        async def answer(self, question: Question) -> Answer:
            if isinstance(question, PortQuestion):
                return PortAnswer(
                    question=question, reach=Reach.REACHED, peer="192.168.7.5", said="hunter2-hunter2\r\n"
                )
            assert isinstance(question, CertificateQuestion)
            certificate = ServedCertificate(
                subject="CN=hunter2-hunter2",
                issuer="CN=\u202eevil",
                serial=serial,
                names=("hunter2-hunter2.example.net",),
                begins_at=digest,
                ends_at=digest,
                is_public=False,
            )
            return CertificateAnswer(question=question, certificate=certificate, is_trusted=True)

    redactor = Redactor()
    redactor.add("the-password", "hunter2-hunter2")
    certificate = CertificateQuestion(host="192.168.7.5", port=443)
    answers = await looking(Leaky(), redactor).ask(NAS, (port(80), certificate))
    said, shown = answers[port(80)], answers[certificate]
    assert isinstance(said, PortAnswer)
    assert isinstance(shown, CertificateAnswer)
    assert shown.certificate is not None
    assert "hunter2" not in str(answers)
    assert said.said.endswith("\\u{d}\\n")
    assert shown.certificate.issuer == "CN=\\u{202e}evil"
    assert (shown.certificate.serial, shown.certificate.begins_at, said.reach) == (serial, digest, Reach.REACHED)


async def test_a_real_port_is_reached_through_all_of_it() -> None:
    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    asker = Outside(
        askers={PortQuestion: PortAsker(PortSettings(connect_seconds=30.0))}, rules=OutsideRules, redact=str
    )
    async with serving(serve) as number:
        question = port(number, "127.1")
        answers = await asker.ask(replace(NAS, address="127.1"), [question])
    assert answers == {question: PortAnswer(question=question, reach=Reach.REACHED, peer="127.0.0.1")}
