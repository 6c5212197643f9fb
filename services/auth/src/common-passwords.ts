import { validationFailed } from '@duka/kit'

/** The ones that lists of leaked passwords begin with, as far as they have eight characters or more. */
const commonest = new Set(
  `12345678 123456789 1234567890 12345678910 123456789a 123123123 1234512345 12341234 11111111 111111111 1111111111
   00000000 0000000000 22222222 33333333 44444444 55555555 66666666 77777777 88888888 99999999 87654321 987654321
   9876543210 0987654321 0123456789 01234567 12344321 11223344 1122334455 112233445566 121212121 12121212 123321123
   147258369 147852369 159753456 741852963 789456123 963852741 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc
   q1w2e3r4 q1w2e3r4t5 qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwertyqwerty qwerasdf qazwsxedc
   asdfghjk asdfghjkl asdfasdf zxcvbnm1 zxcvbnm123 1234qwer 123qweasd 123456qwerty 123456abc abcd1234 abc12345 abcdefgh
   abcdefg1 a1234567 a12345678 a123456789 aa123456 aa12345678 aaaaaaaa password password1 password12 password123
   password1234 password! password@123 passw0rd p@ssw0rd p@ssword p@ssword1 p@55w0rd pass1234 passpass mypassword
   changeme changeme123 letmein1 letmein123 welcome1 welcome12 welcome123 welcome@123 admin123 admin1234 admin12345
   admin@123 administrator root1234 test1234 test12345 testtest secret123 default1 guest123 user1234 iloveyou iloveyou1
   iloveyou2 princess princess1 sunshine sunshine1 football football1 baseball baseball1 basketball superman superman1
   batman123 spiderman pokemon1 starwars trustno1 whatever computer internet michelle jennifer jonathan samantha
   alexander elizabeth charlotte danielle benjamin christian liverpool liverpool1 arsenal1 chelsea1 manchester
   nairobi1 nairobi123 mombasa1 kenya123 kenya254 kenya2022 jesus123 jesuschrist blessing blessed1 godisgood godislove
   corvette mercedes mustang1 midnight butterfly chocolate dolphins elephant dragon123 monkey123 shadow123 master123
   hunter123 hello123 hellohello access14 security love1234 lovelove forever1 friends1 summer123 november september`
    .split(/\s+/)
    .filter(Boolean),
)

export function isCommonPassword(password: string): boolean {
  return commonest.has(password.toLowerCase())
}

/** Throws a 400 Problem at `path` where a new password is among the first that anyone would try. */
export function refuseCommonPassword(password: string, path: string): void {
  if (!isCommonPassword(password)) return
  throw validationFailed([{ path, message: 'is one of the most common passwords; choose one that is harder to guess' }])
}
