from django.utils.translation import gettext_lazy, override

from oauth_m2m.admin.reason_words import ReasonWords


def test_words_are_read_in_the_language_of_the_reader():
    words = ReasonWords(gettext_lazy("Yes"), gettext_lazy("No"))
    with override("de"):
        assert (str(words.what), str(words.next_step)) == ("Ja", "Nein")
    with override("fr"):
        assert (str(words.what), str(words.next_step)) == ("Oui", "Non")
