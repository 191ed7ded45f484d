DROP TABLE conversation_reports;
DROP TABLE message_reactions;
DROP TABLE messages;
DROP TABLE conversation_members;
DROP TABLE conversations;
