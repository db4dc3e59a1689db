import { describe, expect, it } from 'vitest';
import { roomViewOf } from '../../../shared/model/samples.ts';
import { pollOf } from './poll-form.ts';
import { modeOf, retentionOf, settingsForm } from './room-settings.ts';

describe('the form of a poll', () => {
  it('leaves out empty choices and the spaces around the others', () => {
    expect(pollOf(' When? ', [' now ', '', 'later'])).toEqual({
      kind: 'poll',
      question: 'When?',
      choices: ['now', 'later'],
    });
  });

  it.each([
    ['', ['a', 'b'], 'no-question'],
    ['x'.repeat(20_000), ['a', 'b'], 'long-question'],
    ['When?', ['a', ' '], 'few-choices'],
    ['When?', ['a', 'a '], 'same-choices'],
    ['When?', ['a', 'b'.repeat(129)], 'long-choice'],
  ])('names what is wrong: %#', (question, choices, problem) => {
    expect(pollOf(question, choices)).toBe(problem);
  });
});

describe('the form of a room', () => {
  const form = (change: Partial<ReturnType<typeof settingsForm>> = {}) => ({
    ...settingsForm(roomViewOf(1, 'lab')),
    ...change,
  });

  it('begins with what the room is', () => {
    const room = roomViewOf(1, 'lab', {
      mode: { name: 'slow', seconds: 10 },
      retention: { days: 30, bytes: 5 * 1_048_576 },
    });
    expect(modeOf(settingsForm(room))).toEqual(room.mode);
    expect(retentionOf(settingsForm(room))).toEqual(room.retention);
    expect(retentionOf(form())).toEqual({});
  });

  it('takes whole numbers in their bounds, and nothing for no bound', () => {
    expect(modeOf(form({ mode: 'slow', slowSeconds: '90000' }))).toBeNull();
    expect(modeOf(form({ mode: 'slow', slowSeconds: '' }))).toBeNull();
    expect(modeOf(form({ mode: 'moderated', slowSeconds: 'x' }))).toEqual({ name: 'moderated' });
    expect(retentionOf(form({ days: '0' }))).toBeNull();
    expect(retentionOf(form({ count: '1.5' }))).toBeNull();
    expect(retentionOf(form({ days: ' 7 ', count: '1000' }))).toEqual({ days: 7, count: 1_000 });
  });
});
