"""Methods that send stored files."""

from bot.form.answers import FileKind

SEND_METHODS = {
    FileKind.PHOTO: ("sendPhoto", "photo"),
    FileKind.VIDEO: ("sendVideo", "video"),
    FileKind.AUDIO: ("sendAudio", "audio"),
    FileKind.VOICE: ("sendVoice", "voice"),
    FileKind.DOCUMENT: ("sendDocument", "document"),
}
