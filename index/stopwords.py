"""Folded words so common that marking them in a result says nothing. They are searched like all others."""

from __future__ import annotations

_WORDS = """
a an and are as at be been but by for from had has have he her his i if in into is it its no not of on or our she so
than that the their them there these they this to us was we were what when which who will with would you your
al ao aos au aux avec ce ces che ci com como con da dans das de dei del della delle des di do dos du e el ella elle en
entre era es est esta este et eu foi fue gli ha han il ils je la las le les leur leurs lo los lui mais mas muy na nao
nas ne nel nella no nos nous o ont os ou par para pas pela pelo per pero piu por pour qu que qui sa se ses seu si sin
sobre son sono sont su sua sur sus tra um uma un une vous y
aber als am an auch auf aus bei bis das dass dem den der des die durch een ein eine einem einen einer er es fur hat
het ich ihr im ist mit nach nicht niet noch oder sein sich sie sind um und van von voor vor war werden wie wir wird
wurde zijn zu zum zur
ale czy dla do i jak jego jest na nie od oraz po przez sa sie ta tak tego to tym w we z za ze а без бы был была были
было в вы для до его ее если и из или их й к как ко мы на не но о об он она они от по при с со та так то у что що это
як і
ba bi cac cai cho chung co con cua cung da dan dang dari de den di do duoc gi hay ini itu khi khong la lai len mot nay
neu ngay nhieu nhu nhung o pada qua ra rang rat sau se tai the theo thi toi trong tu tung va van vao ve vi voi yang
bir bu da de icin ile ve أن إلى التي الذي الى ان على عن في كان لا ما من هذا هذه و
"""
# English; French, Spanish, Portuguese and Italian; German and Dutch; Polish, Czech, Russian and Ukrainian;
# Vietnamese and Indonesian; Arabic and Turkish: a paragraph each.
STOPWORDS = frozenset(_WORDS.split())
