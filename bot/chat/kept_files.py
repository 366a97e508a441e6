"""How a file that is kept is sent to a chat."""

from bot.form.answers import FileKind

SEND_METHODS = {
    FileKind.PHOTO: ("sendPhoto", "photo"),
    FileKind.VIDEO: ("sendVideo", "video"),
    FileKind.AUDIO: ("sendAudio", "audio"),
    FileKind.VOICE: ("sendVoice", "voice"),
    FileKind.DOCUMENT: ("sendDocument", "document"),
}
"""The method that sends a kind of file, and its parameter for it (Bot API)."""
