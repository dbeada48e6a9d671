-- A model that is tried beside the one that serves predicts the same opportunities, and nobody is shown what it
-- says. What people were told and what they were not must never be mixed, and both versions may change their part
-- over time: so every row says which it was. All rows so far had been shown.
ALTER TABLE predictions ADD COLUMN shadow BOOLEAN DEFAULT false;  -- true: kept to be graded, never shown
ALTER TABLE predictions ALTER COLUMN shadow SET NOT NULL;
