// Words that say nothing about what a video is about: they are never marked as shared.
const WORDS = `
about after again best all also and any are because been before being between both but can could did does doing down each even
ever for from get give going got had has have her here hers him his how into its just know let like made make many may more
most much must new not now off one only other our out over own part per really said same see she should some still such take
than that the their them then there these they thing this those through too under until upon use very was way well were what
when where which while who whom whose why will with would you your yours isn don doesn didn won can't don't it's
video videos channel subscribe official full live watch www http https com youtube follow link links
aber alle allem allen aller alles als also auch auf aus bei beim bin bis bist dann das dass dein dem den denn der des dich die
dies diese diesem diesen dieser dieses dir doch dort durch ein eine einem einen einer eines euch für gegen hab habe haben hat
hatte hier ich ihm ihn ihr ihre ihrem ihren ihrer ihres ist jede jeden jeder jetzt kann kein keine können man mehr mein meine
mich mir mit nach nicht nichts noch nun nur oder ohne sehr sein seine sich sie sind über und uns unser unter viel vom von vor
war waren warum was weil welche wenn wer werden wie wieder will wir wird wo zum zur zwischen
aux avec ces cet cette comme dans des donc dont elle elles entre est être fait ils les leur leurs lui mais mes moi mon même
nous ont par pas peu plus pour pourquoi quand que quel quelle quels qui quoi sans ses son sont sous sur tes toi ton tous tout
toute toutes très une vos votre vous
algo como con contra cual cuando del desde donde dos ella ellas ellos entre eran ese eso esta estas este esto estos está están
fue hace han hasta hay las los más mis muy nada nos nosotros otra otro para pero por porque qué quien ser sin sobre son sus
también tan tiene todo todos una uno unos usted vos ya yo cómo
aos às até com das depois dele dela deles dos ela ele eles essa esse está foi isso isto mais mas mesmo meu minha muito não nas
nem nos numa pela pelo por quem são sem seu sua também tem uma você vocês
alla alle anche che chi come con cosa cui dal dalla degli dei del della delle dello dove gli hai hanno lei loro lui nei nel
nella noi non per perché più quando quello questa questo sono sul sulla suo sua tra tutti tutto una uno voi
aan als bij dan dat deze die dit door een geen haar heb heeft hem hen het hij hoe hun ik jij jouw kan maar meer met mijn naar
niet nog ook omdat ons onze op over te toch tot uit van veel voor waar wat wel wie wij zal zijn zich zij zo
bardzo być czy dla gdzie jak jako jego jej jest jeszcze już kiedy kto lub mnie może nad nie niż oraz pod przez się są tak tam
ten tego też tylko tym więc
ama ben bir biz bu çok da daha de değil diye en gibi hem her için ile ise kadar ki mi mı mu mü ne neden nasıl olan olarak onun
sen siz şey şu ve veya ya
без более бы был была были было быть вам вас весь во вот все всё всего вы где да для до его ее её если есть еще ещё же за из
или им их как когда который кто ли между меня мне мой мы на нам нас не него нет но об он она они от по под при про с сам
себя со так также там те тем то того тоже только том ты уже чем что чтобы эта эти это этой этом этот я
або але від він вона вони для його які який коли ми над не ні під про та так там те це цей що як
الا الى إلى الذي التي الذين ان أن إن او أو اي أي بعد بعض بل بين تلك ثم حتى حول ذلك على عن عند غير في فى قال قبل قد كان كانت كل
كما لا لقد لم لن له لها ليس ما مثل مع من منذ منه منها هذا هذه هل هم هنا هناك هو هي و وقد ومن يا يكون
את אתה אבל או אולי אז אין אם אני אחרי אל אלה אנחנו אני ב בין גם הוא היא הם הן זה זאת זו יש יותר כאן כי כל כמו כן לא לפני מה
מי מאוד מן מתי על עוד עם עכשיו רק של שם
और एक कर करने करना का की के को कि कुछ कैसे क्या जब जो तक तो था थी थे द्वारा नहीं ने पर बहुत भी में मैं यह या ये वह वे से है हैं हो
の に は を た が で て と し れ さ ある いる も する から な こと として い や れる など なっ ない この ため その あっ よう また もの という あり まで
られ なる へ か だ これ によって により おり より による ず なり られる において です ます でした ました そして それ ここ
的 了 和 是 在 我 有 就 不 人 都 一 一个 上 也 很 到 说 要 去 你 会 着 没有 看 好 自己 这 那 他 她 它 我们 你们 他们 什么 怎么 为 与 及 或 以及 因为 所以
但 但是 如果 這 個 們 這個 我們 你們 他們 沒有 什麼 為 與 因為 這些 那些 这个 那个 这些
그 이 저 것 수 등 및 에서 으로 하고 하는 있는 있다 그리고 그러나 하지만 또는 우리 나는 너는
`;

export const STOP_WORDS = new Set(WORDS.split(/\s+/u).filter(Boolean));
