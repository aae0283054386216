from __future__ import annotations


async def test_the_prefix_form_of_cross_answers_with_card_picture_and_buttons(place):
    await place.member.send(place.channel, "!cross iwm")
    answer = place.last()
    assert answer.embeds[0].title == "IWM cross"
    assert answer.attachments[0].filename == "cross.png"
    assert answer.attachments[0].description == "IWM over 1y"
    assert answer.reference is not None
    labels = [button.label for row in answer.components for button in row.children]
    assert labels == ["6 months", "1 year", "5 years", "All", "Evidence", "Refresh"]


async def test_the_slash_form_of_cross_answers_the_same(place):
    result = await place.member.slash(place.channel, "cross", symbol="iwm")
    assert result.response.embeds[0].title == "IWM cross"
    assert not result.ephemeral
    assert result.response.attachments[0].filename == "cross.png"
