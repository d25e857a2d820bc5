import { answerOrders } from './child.ts';
import { lookAtPages, putLoad } from './load.ts';

answerOrders({ load: putLoad, pages: lookAtPages });
